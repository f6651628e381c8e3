"""The `ptce` command: answers on stdout, all else on stderr.

Exit codes: 0 answered (or closest), 3 refused, 1 error, 2 usage, 130 interrupted.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from bot.french import french_typer, usage_error

with french_typer():
    import typer
    import typer.rich_utils

if TYPE_CHECKING:
    from rich.console import Console

    from knowledge.assistant import Assistant
    from knowledge.settings import Settings

REFUSED = 3
app = typer.Typer(
    name="ptce",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Répond, en citant ses sources, aux questions sur les PTCE (pôles territoriaux de coopération économique). "
    'Essayez : [bold]ptce ask "Comment devenir un PTCE ?"[/]',
)
model_app = typer.Typer(no_args_is_help=True, help="Le modèle qui calcule les vecteurs.")
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
    question: Annotated[str | None, typer.Argument(help="La question, entre guillemets.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Un objet JSON par réponse.")] = False,
    batch: Annotated[
        str | None,
        typer.Option("--batch", metavar="FICHIER", help="Une question par ligne ; - pour l'entrée standard."),
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Montre (sur stderr) passages, scores et raisons.")
    ] = False,
) -> None:
    """Répond à une question, ou à toutes celles d'un fichier (--batch)."""
    from bot.asking import ask_batch, ask_one, batch_lines
    from bot.messages import NOTHING_TO_ASK, TWO_QUESTIONS

    if question is not None and batch is not None:
        raise typer.BadParameter(TWO_QUESTIONS)
    if batch is not None:
        ask_batch(_assistant(context), batch_lines(batch), as_json, explain, errors())
    elif question is not None:
        refused = ask_one(_assistant(context), question, as_json, explain, errors())
        raise typer.Exit(REFUSED if refused else 0)
    else:
        raise typer.BadParameter(NOTHING_TO_ASK)


@app.command()
def chat(context: typer.Context) -> None:
    """Une conversation : les questions de suite sont comprises (« et combien d'emplois ? »)."""
    from bot.asking import converse

    converse(_assistant(context), errors())


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
    show: Annotated[
        str | None, typer.Option("--show", metavar="ID", help="Affiche un document, par exemple poles/nola.")
    ] = None,
) -> None:
    """Ce que l'assistant sait : documents, dates, statut."""
    from bot.corpus_commands import list_documents, show_document

    settings = _settings(context)
    if show:
        show_document(settings, show)
    else:
        list_documents(settings)


@app.command()
def doctor(context: typer.Context) -> None:
    """Vérifie l'installation ; chaque échec vient avec son remède."""
    from bot.corpus_commands import print_findings
    from bot.doctor import examine

    raise typer.Exit(0 if print_findings(examine(_settings(context))) else 1)


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

    return Console(stderr=True)


def _settings(context: typer.Context) -> "Settings":
    from knowledge.settings import load_settings

    return load_settings(context.obj)


def _assistant(context: typer.Context) -> "Assistant":
    from bot.indexing import ensure_index
    from knowledge.assistant import Assistant

    settings = _settings(context)
    assistant = Assistant(settings)
    ensure_index(settings, assistant.encoder, errors())
    return assistant


def main() -> None:
    """Run the command; every expected failure is a French sentence and an exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of `ptce` called with `arguments`."""
    from knowledge.errors import CorpusError, PtceError

    try:
        code = app(args=arguments, prog_name="ptce", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.Exit as stop:
        return int(stop.exit_code)
    except PtceError as error:
        problems = error.problems if isinstance(error, CorpusError) else ()
        _complain("\n".join([f"Erreur : {error.args[0]}", *problems, *([f"→ {error.cure}"] if error.cure else [])]))
        return 1
    except (KeyboardInterrupt, typer.Abort):
        from bot.messages import INTERRUPTED

        _complain(INTERRUPTED)
        return 130
    except BrokenPipeError:
        # The reader of our output left (`ptce … | head`): nothing is wrong.
        sys.stderr.close()
        return 0
    except Exception as error:
        if hasattr(error, "format_message"):
            _complain(f"Erreur d'usage : {usage_error(error.format_message())}\nPour l'aide : ptce --help")
            return 2
        raise


def _complain(text: str) -> None:
    print(text.encode("utf-8", "replace").decode(), file=sys.stderr)
