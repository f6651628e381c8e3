"""`ptce doctor`: each thing that must hold, and the cure when it does not."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

from bot.journal_file import inspect_journal, journal_files
from bot.writing import open_writer
from ingest.build import is_fresh
from ingest.check import check_corpus
from knowledge.adapter import load_adapter
from knowledge.claims.parser import ready
from knowledge.embeddings import encode_query, open_encoder
from knowledge.errors import PtceError
from knowledge.generation import current_generation, read_manifest, read_whole
from knowledge.index import open_index
from knowledge.reader import FOLDER, SECOND, CrossEncoder
from knowledge.settings import Settings
from knowledge.store import chroma_client, collection_name, holds_passages, open_collection

# The extra of each provider that the README describes; the packages of others are LangChain's to find.
EXTRAS = {"mistralai": "mistral", "openai": "openai", "ollama": "ollama"}
MIN_FREE_BYTES = 200 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: its name, whether it passed, what was seen, and what to do when it failed."""

    name: str
    passed: bool
    detail: str
    cure: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Run every check; one that raises is a failure, never a crash."""
    for name, check in CHECKS:
        try:
            yield Finding(name, True, check(settings))
        except PtceError as error:
            yield Finding(name, False, error.args[0], error.cure)
        except Exception as error:  # noqa: BLE001 - a doctor must survive what it finds
            yield Finding(name, False, f"{type(error).__name__} : {error}", "signalez ce défaut avec ce message")


def _corpus(settings: Settings) -> str:
    corpus, problems = check_corpus(settings.corpus_dir, settings.corpus.max_age_months)
    if problems:
        raise PtceError(f"{len(problems)} problème(s), le premier : {problems[0]}", "lancez « ptce ingest --check »")
    return f"{len(corpus.documents)} documents dans {settings.corpus_dir}"


def _data(settings: Settings) -> str:
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        probe = settings.data_dir / ".doctor"
        probe.write_text("ok")
        probe.unlink()
    except OSError as error:
        raise PtceError(
            f"{settings.data_dir} n'est pas accessible en écriture ({error.strerror})", "changez data.dir"
        ) from None
    free = shutil.disk_usage(settings.data_dir).free
    if free < MIN_FREE_BYTES:
        raise PtceError(f"il ne reste que {free // 2**20} Mio sur le disque", "libérez au moins 200 Mio")
    return f"{settings.data_dir} ({free // 2**30} Gio libres)"


def _model(settings: Settings) -> str:
    encoder = open_encoder(settings.embedding)
    vector = encode_query(encoder, "Qu'est-ce qu'un PTCE ?")
    return f"{encoder.model_id.split('|')[1]} par {settings.embedding.runtime}, {len(vector)} dimensions"


def _adapter(settings: Settings) -> str:
    if not settings.retrieval.adapter:
        return "éteint : les questions sont cherchées telles que le modèle les lit"
    learnt = load_adapter(open_encoder(settings.embedding).model_id)
    return "chargé" if learnt else "appris avec un autre modèle que celui des réglages : pas utilisé"


def _readers(_: Settings) -> str:
    for folder in (FOLDER, SECOND):
        CrossEncoder(folder).log_odds("Combien d'emplois à NOLA ?", ["NOLA représente 500 emplois."])
    return "chargés, un passage relu par chacun"


def _writer(settings: Settings) -> str:
    if open_writer(settings, open_encoder(settings.embedding)) is None:
        return "aucun modèle de langue : les réponses sont des citations"
    provider = settings.llm.model.partition(":")[0]
    wanted = ("langchain", "tenacity", *([f"langchain_{provider}"] if provider in EXTRAS else []))
    cure = f"pip install 'ptce-assistant[{EXTRAS.get(provider, 'claims')}]'"
    if package := next((name for name in wanted if find_spec(name) is None), ""):
        raise PtceError(f"le paquet {package} n'est pas installé", cure)
    try:
        ready()
    except ImportError as error:
        raise PtceError(f"un paquet de la rédaction manque ({error})", cure) from None
    return f"{settings.llm.model} rédige (configuré, pas appelé ici)"


def _journal(settings: Settings) -> str:
    if not settings.journal.enabled:
        if journal_files(settings.data_dir):
            return "désactivé : celui d'avant sera supprimé au prochain « ptce serve »"
        return "désactivé : rien n'est écrit des questions posées dans les salons"
    inspect_journal(settings.data_dir)
    return f"{settings.data_dir}, {settings.journal.retention_days} jours"


def _index(settings: Settings) -> str:
    encoder = open_encoder(settings.embedding)
    folder = current_generation(settings.index_dir)
    index = open_index(folder, encoder.model_id)
    if not is_fresh(settings, encoder.model_id):
        raise PtceError("l'index ne correspond plus au corpus", "lancez « ptce ingest »")
    if not read_whole(folder, encoder.model_id):
        raise PtceError(f"des fichiers de l'index {folder.name} ont été altérés", "lancez « ptce ingest »")
    return f"génération {folder.name}, {index.manifest.passages} passages"


def _chroma(settings: Settings) -> str:
    folder = current_generation(settings.index_dir)
    manifest = read_manifest(folder, open_encoder(settings.embedding).model_id)
    if not holds_passages(folder, settings.store.url, manifest.passages):
        raise PtceError(f"la base n'a plus les {manifest.passages} passages attendus", "lancez « ptce ingest »")
    with chroma_client(folder, settings.store.url) as client:
        count = open_collection(client, collection_name(folder.name, settings.store.url)).count()
    return f"{count} passages"


CHECKS: tuple[tuple[str, Callable[[Settings], str]], ...] = (
    ("Corpus", _corpus),
    ("Dossier de données", _data),
    ("Modèle", _model),
    ("Adaptateur", _adapter),
    ("Lecteurs", _readers),
    ("Rédaction", _writer),
    ("Journal", _journal),
    ("Index", _index),
    ("Chroma", _chroma),
)
