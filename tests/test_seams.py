"""LangChain's interfaces over the real model and the real Chroma."""

import gc
import subprocess
import sys

import numpy as np
import pytest
from support import CorpusFolder, part

from ingest.build import build
from knowledge.embeddings import Encoder, SentenceTransformersEncoder
from knowledge.errors import UnusableIndexError
from knowledge.generation import current_generation
from knowledge.seams import PtceEmbeddings, PtceRetriever, vector_store
from knowledge.settings import EmbeddingSettings, Settings

TEXTS = ["Alpha répare des vélos à Rennes.", "Beta cultive des légumes à Brest."]


@pytest.fixture
def built(settings: Settings, encoder: Encoder, corpus: CorpusFolder) -> Settings:
    """Two poles and an English page, indexed."""
    corpus.add(
        "poles/alpha",
        part("metier", "Que fait le pôle Alpha ?", "Alpha répare des vélos à Rennes. [^S1]"),
        part("emplois", "Combien d'emplois a Alpha ?", "Alpha comptait 12 emplois. [^S1]", as_of="2019"),
    )
    corpus.add("poles/beta", part("metier", "Que fait Beta ?", "Beta cultive des légumes à Brest. [^S1]"))
    corpus.add("faq/en", part("alpha", "What does Alpha repair?", "Alpha repairs bicycles in Rennes. [^S1]"), lang="en")
    build(settings, encoder)
    return settings


@pytest.fixture
def retriever(built: Settings, encoder: Encoder) -> PtceRetriever:
    return PtceRetriever.open(built, encoder)


def test_embeddings_are_the_models_with_a_prefix_for_each_role(encoder: Encoder) -> None:
    embeddings = PtceEmbeddings(encoder)

    np.testing.assert_allclose(embeddings.embed_documents(TEXTS), encoder.encode(TEXTS, "passage"))
    np.testing.assert_allclose(embeddings.embed_query(TEXTS[0]), encoder.encode(TEXTS[:1], "query")[0])
    assert embeddings.embed_query(TEXTS[0]) != embeddings.embed_documents(TEXTS)[0]
    assert isinstance(embeddings.embed_query(TEXTS[0])[0], float)


def test_no_text_has_no_vector(encoder: Encoder) -> None:
    assert PtceEmbeddings(encoder).embed_documents([]) == []


def test_the_retriever_gives_documents_that_say_where_they_come_from(retriever: PtceRetriever) -> None:
    best, *others = retriever.invoke("Combien d'emplois chez Alpha ?")

    passage = next(p for p in retriever.index.contents.passages if p.section == "poles/alpha#emplois")
    assert best.page_content == "Alpha comptait 12 emplois."
    assert best.id == passage.id
    assert best.metadata == {
        "passage_id": passage.id,
        "section": "poles/alpha#emplois",
        "document": "poles/alpha",
        "title": "Alpha",
        "status": "en_vigueur",
        "as_of": "2019",
        "score": 1.0,
    }
    scores = [document.metadata["score"] for document in others]
    assert scores == sorted(scores, reverse=True)
    assert others[0].metadata["as_of"] == "2025-12"


def test_the_retriever_corrects_spelling_and_keeps_to_the_language(retriever: PtceRetriever) -> None:
    french = retriever.invoke("que cultve le pole beta")
    english = retriever.invoke("What does Alpha repair in Rennes?")

    assert french[0].metadata["section"] == "poles/beta#metier"
    assert all(document.metadata["document"] != "faq/en" for document in french)
    assert english[0].metadata["section"] == "faq/en#alpha"


@pytest.mark.parametrize("nothing", ["", " \n", "?!", "\u200b"])
def test_no_question_finds_nothing(retriever: PtceRetriever, nothing: str) -> None:
    assert retriever.invoke(nothing) == []


def test_the_retriever_gives_as_many_as_asked(retriever: PtceRetriever) -> None:
    assert len(retriever.invoke("Que fait Alpha ?")) == 3
    assert len(retriever.model_copy(update={"count": 2}).invoke("Que fait Alpha ?")) == 2


def test_the_retriever_is_a_link_of_a_chain(retriever: PtceRetriever) -> None:
    chain = retriever | (lambda documents: documents[0].page_content)

    assert chain.batch(["Que fait Alpha ?", "Que fait Beta ?"]) == TEXTS


def test_the_retriever_can_search_in_chroma(built: Settings, encoder: Encoder, retriever: PtceRetriever) -> None:
    approximate = built.model_copy(update={"store": built.store.model_copy(update={"exact_below": 0})})

    found = PtceRetriever.open(approximate, encoder).invoke("Que fait Beta ?")

    assert [d.id for d in found] == [d.id for d in retriever.invoke("Que fait Beta ?")]


def test_the_retriever_needs_an_index(settings: Settings, encoder: Encoder) -> None:
    with pytest.raises(UnusableIndexError, match="Aucun index"):
        PtceRetriever.open(settings, encoder)


def test_the_store_searches_the_collection_of_the_generation(built: Settings, encoder: Encoder) -> None:
    store = vector_store(current_generation(built.index_dir), encoder)

    ((best, relevance),) = store.similarity_search_with_relevance_scores("Que cultive Beta ?", k=1)
    row = PtceRetriever.open(built, encoder).index.passages[-1]
    cosine = float(encoder.encode(["Que cultive Beta ?"], "query")[0] @ row)

    assert best.page_content == TEXTS[1]
    assert best.metadata["section"] == "poles/beta#metier"
    assert relevance == pytest.approx(cosine, abs=0.002)


def test_the_store_filters_by_what_is_known_of_a_passage(built: Settings, encoder: Encoder) -> None:
    store = vector_store(current_generation(built.index_dir), encoder)

    found = store.similarity_search("Que fait Alpha ?", k=4, filter={"document": "poles/beta"})

    assert [document.page_content for document in found] == TEXTS[1:]


def test_a_store_lets_go_of_its_folder(built: Settings, encoder: Encoder) -> None:
    folder = current_generation(built.index_dir)
    for _ in range(3):
        assert len(vector_store(folder, encoder).similarity_search("Alpha", k=2)) == 2
        gc.collect()


def test_the_store_of_another_model_is_refused(built: Settings) -> None:
    other = SentenceTransformersEncoder(EmbeddingSettings(runtime="sentence-transformers", model="autre"))

    with pytest.raises(UnusableIndexError, match="autre modèle"):
        vector_store(current_generation(built.index_dir), other)


def test_a_missing_collection_is_not_made_anew(built: Settings, encoder: Encoder) -> None:
    folder = current_generation(built.index_dir)
    store = vector_store(folder, encoder)
    store.delete_collection()

    with pytest.raises(UnusableIndexError, match="manque"):
        vector_store(folder, encoder)


def test_importing_the_seams_imports_no_chroma_and_no_torch() -> None:
    code = "import sys, knowledge.seams; print(*{'chromadb', 'langchain_chroma', 'torch'} & set(sys.modules))"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.split() == []
