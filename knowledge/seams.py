"""LangChain's side of this package: our model, retriever and vector store where a chain expects its own.

Nothing else of the package imports this module, so that only those who come with LangChain pay for it.
"""

import weakref
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, SkipValidation

from knowledge.adapter import question_vector
from knowledge.approximate import open_approximate
from knowledge.embeddings import Encoder, encode_query, open_encoder
from knowledge.generation import current_generation, read_manifest
from knowledge.index import Index, open_index
from knowledge.question import not_a_question, read_question
from knowledge.regions import searchable
from knowledge.retriever import Hit, HybridRetriever
from knowledge.settings import AnswerSettings, Settings
from knowledge.store import chroma_client, collection_name, open_collection

if TYPE_CHECKING:
    from langchain_chroma import Chroma


class PtceEmbeddings(Embeddings):
    """Any `Encoder`; documents and queries get their own prefixes."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One unit vector for each text."""
        return [row.tolist() for row in self._encoder.encode(texts, "passage")] if texts else []

    def embed_query(self, text: str) -> list[float]:
        """The question's unit vector."""
        return [float(value) for value in encode_query(self._encoder, text)]


class PtceRetriever(BaseRetriever):
    """The hybrid search over one opened generation, the question read as the assistant reads it.

    `count` is how many passages to give; None gives as many as `retrieval.passages` says.
    """

    index: Annotated[Index, SkipValidation] = Field(repr=False)
    encoder: Annotated[Encoder, SkipValidation] = Field(repr=False)
    search: Annotated[HybridRetriever, SkipValidation] = Field(repr=False)
    count: int | None = Field(None, ge=1)
    max_question_characters: int = AnswerSettings().max_question_characters
    adapted: bool = True

    @classmethod
    def open(cls, settings: Settings, encoder: Encoder | None = None) -> Self:
        """Over the generation that serves now; `UnusableIndexError` when there is none."""
        encoder = encoder or open_encoder(settings.embedding)
        folder = current_generation(settings.index_dir)
        index = open_index(folder, encoder.model_id)
        approximate = open_approximate(settings.store, folder, index)
        return cls(
            index=index,
            encoder=encoder,
            search=HybridRetriever(index, settings.retrieval, approximate),
            max_question_characters=settings.answer.max_question_characters,
            adapted=settings.retrieval.adapter,
        )

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 - LangChain's signature
    ) -> list[Document]:
        question = read_question(query, self.index.vocabulary, self.max_question_characters, is_word=self.index.is_word)
        if not_a_question(question.text) == "question_vide":
            return []
        vector = question_vector(self.encoder, question.corrected, self.adapted)
        hits = self.search.search(question.corrected, vector, self.count, searchable(self.index, question))
        return [self._document(hit) for hit in hits]

    def _document(self, hit: Hit) -> Document:
        section = self.index.contents.sections[hit.passage.section]
        document = self.index.contents.documents[section.id]
        return Document(
            id=hit.passage.id,
            page_content=hit.passage.text,
            metadata={
                "passage_id": hit.passage.id,
                "section": section.id,
                "document": document.id,
                "title": document.title,
                "status": section.status,
                "as_of": section.as_of,
                "score": hit.score,
            },
        )


def vector_store(folder: Path, encoder: Encoder, url: str = "") -> "Chroma":
    """The Chroma collection of the generation in `folder`, to be searched by the model that filled it.

    `UnusableIndexError` when the generation was made by another model, or is not there. The client is closed with the
    store. Searching is all it is for: a generation never changes.
    """
    from langchain_chroma import Chroma

    read_manifest(folder, encoder.model_id)
    name = collection_name(folder.name, url)
    with ExitStack() as opened:
        client = opened.enter_context(chroma_client(folder, url))
        # `Chroma` makes a collection that it does not find; one that is missing is an error here.
        open_collection(client, name)
        store = Chroma(collection_name=name, embedding_function=PtceEmbeddings(encoder), client=client)
        weakref.finalize(store, opened.pop_all().close)
    return store
