"""The `ptce` command: answers on stdout, all else on stderr. What runs it, and its exit codes: `bot.entry`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from bot.french import french_typer

with french_typer():
    import typer
    import typer.rich_utils

if TYPE_CHECKING:
    from rich.console import Console

    from knowledge.assistant import Assistant
    from knowledge.model import Mode
    from knowledge.settings import Settings

REFUSED = 3
DEFAULT_QUESTIONS = Path("tests/eval/questions.jsonl")


class ServedChannels(StrEnum):
    """What `ptce serve` can serve."""

    DISCORD = "discord"
    MATRIX = "matrix"
    ALL = "all"


app = typer.Typer(
    name="ptce",
    no_args_is_help=True,
    subcommand_metavar="COMMANDE [ARGUMENTS]...",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Répond, en citant ses sources, aux questions sur les PTCE (pôles territoriaux de coopération économique). "
    'Essayez : [bold]ptce ask "Comment devenir un PTCE ?"[/]',
)
model_app = typer.Typer(
    no_args_is_help=True, subcommand_metavar="COMMANDE [ARGUMENTS]...", help="Le modèle qui calcule les vecteurs."
)
app.add_typer(model_app, name="model")


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FICHIER", help="Fichier de réglages (TOML).")
    ] = None,
) -> None:
    """Options that come before the command."""
    context.obj = config


@app.command()
def ask(
    context: typer.Context,
    question: Annotated[
        str | None, typer.Argument(metavar="QUESTION", help="Entre guillemets.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Un objet JSON par réponse.")] = False,
    batch: Annotated[
        str | None,
        typer.Option("--batch", metavar="FICHIER", help="Une question par ligne ; - pour l'entrée standard."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Montre (sur stderr) passages, scores et raisons.")
    ] = False,
    mode: Annotated[
        Literal["generative", "extractive"] | None,
        typer.Option("--mode", metavar="MODE", help="generative ou extractive ; sinon, ce que disent les réglages."),
    ] = None,
) -> None:
    """Répond à une question, ou à toutes celles d'un fichier (--batch)."""
    from bot.asking import ask_batch, ask_one, batch_lines
    from bot.messages import NOTHING_TO_ASK, TWO_QUESTIONS

    if question is not None and batch is not None:
        raise typer.BadParameter(TWO_QUESTIONS)
    if batch is not None:
        questions = batch_lines(batch)
        ask_batch(_assistant(context, mode), questions, as_json, explain, errors())
    elif question is not None:
        refused = ask_one(_assistant(context, mode), question, as_json, explain, errors())
        raise typer.Exit(REFUSED if refused else 0)
    else:
        raise typer.BadParameter(NOTHING_TO_ASK)


@app.command()
def chat(
    context: typer.Context,
    explain: Annotated[
        bool, typer.Option("--explain", help="Montre (sur stderr) la question complétée, les passages, les scores.")
    ] = False,
) -> None:
    """Une conversation : les questions de suite sont comprises (« et combien d'emplois ? »)."""
    from bot.asking import converse

    converse(_assistant(context), explain, errors())


@app.command()
def ingest(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Valide le corpus sans rien écrire.")] = False,
) -> None:
    """Construit ou rafraîchit l'index ; ne recalcule que ce qui a changé."""
    from bot.corpus_commands import check_only, refresh

    settings = _settings(context)
    if check:
        check_only(settings)
    else:
        refresh(settings, errors())


@app.command()
def sources(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DOSSIER", help="Avec --report : où écrire sources.md et sources.html."),
    ] = None,
    show: Annotated[
        str | None, typer.Option("--show", metavar="ID", help="Affiche un document, par exemple poles/nola.")
    ] = None,
    as_report: Annotated[
        bool,
        typer.Option("--report", help="Une page de ce qui est connu et de ce qui est à rafraîchir (Markdown, HTML)."),
    ] = False,
) -> None:
    """Ce que l'assistant sait : documents, dates, statut."""
    from bot.corpus_commands import list_documents, report_on, show_document
    from bot.messages import FOLDER_WITHOUT_REPORT, REPORT_OR_SHOW

    if as_report and show is not None:
        raise typer.BadParameter(REPORT_OR_SHOW)
    if folder is not None and not as_report:
        raise typer.BadParameter(FOLDER_WITHOUT_REPORT)
    settings = _settings(context)
    if as_report:
        report_on(settings, folder, errors())
    elif show is not None:
        show_document(settings, show)
    else:
        list_documents(settings)


@app.command()
def doctor(context: typer.Context) -> None:
    """Vérifie l'installation ; chaque échec vient avec son remède."""
    from bot.corpus_commands import print_findings
    from bot.doctor import examine

    raise typer.Exit(0 if print_findings(examine(_settings(context))) else 1)


@app.command()
def serve(
    context: typer.Context,
    channels: Annotated[ServedChannels, typer.Argument(metavar="CANAL", help="discord, matrix, ou all pour les deux.")],
) -> None:
    """Répond sur Discord et Matrix jusqu'à Ctrl-C ; les jetons viennent de l'environnement (PTCE_DISCORD_TOKEN…)."""
    from bot.serve import serve as serve_channels

    names = ("discord", "matrix") if channels is ServedChannels.ALL else (channels.value,)
    serve_channels(_settings(context), names, errors())


@app.command("eval")
def evaluate(
    context: typer.Context,
    questions: Annotated[
        Path, typer.Argument(metavar="FICHIER", help="Questions d'évaluation (JSON, une par ligne).", show_default=True)
    ] = DEFAULT_QUESTIONS,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DOSSIER", help="Écrit le rapport (JSON, Markdown, images).")
    ] = None,
    floors: Annotated[
        list[str] | None,
        typer.Option(
            "--min",
            metavar="METRIQUE=NOMBRE",
            help="Échoue (code 1) si la métrique passe sous ce seuil (au-dessus, pour closest et false_refusals).",
        ),
    ] = None,
    beir: Annotated[
        Path | None,
        typer.Option("--beir", metavar="DOSSIER", help="Mesure la recherche seule (format BEIR)."),
    ] = None,
    curve: Annotated[
        Path | None,
        typer.Option("--curve", metavar="IMAGE", help="Dessine ce que coûterait chaque seuil judge.answered."),
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Réapprend les poids du juge à partir des questions « dev ».")
    ] = False,
    mode: Annotated[
        Literal["generative", "extractive"],
        typer.Option("--mode", metavar="MODE", help="generative : mesure le modèle de langue des réglages."),
    ] = "extractive",
) -> None:
    """Mesure l'assistant sur des questions dont on connaît les réponses."""
    from bot.evaluation.command import evaluate as measure
    from bot.evaluation.command import evaluate_beir

    if beir and (out or floors or curve or calibrate):
        raise typer.BadParameter("--beir ne va ni avec --out, --min et --curve, ni avec --calibrate.")
    assistant = _assistant(context, mode)
    if beir:
        evaluate_beir(_settings(context), assistant, beir, errors())
        return
    passed = measure(assistant, questions, out, floors or [], errors(), curve, calibrate)
    raise typer.Exit(0 if passed else 1)


@model_app.command("export")
def model_export(
    folder: Annotated[Path, typer.Argument(metavar="DOSSIER", help="Dossier à créer.")],
) -> None:
    """Écrit les poids livrés comme un dossier sentence-transformers (utilisable hors ligne)."""
    from knowledge.export import export_model

    export_model(folder)
    errors().print(
        f'Modèle écrit dans {folder}. Pour l\'utiliser : embedding.runtime = "sentence-transformers", '
        f'embedding.model = "{folder}".',
        markup=False,
        highlight=False,
    )


def errors() -> "Console":
    """Where everything that is not an answer goes."""
    from rich.console import Console

    # In a pipe or a file a line stays whole: a path cut in two is no use to anyone.
    return Console(stderr=True, soft_wrap=not sys.stderr.isatty())


def _settings(context: typer.Context) -> "Settings":
    from knowledge.configuration import load_settings

    return load_settings(context.obj)


def _assistant(context: typer.Context, mode: "Mode | None" = None) -> "Assistant":
    from bot.indexing import ensure_index
    from bot.writing import open_assistant

    settings = _settings(context)
    assistant = open_assistant(settings, mode=mode)
    ensure_index(settings, assistant.encoder, errors())
    return assistant
