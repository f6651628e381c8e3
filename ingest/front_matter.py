"""What the head of a corpus file and `sources.yaml` may say; unknown keys are faults."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from knowledge.model import Status

Kind = Literal["loi", "charte", "faq", "dispositif", "etapes", "poles", "cellules", "glossaire"]
Date = Annotated[str, Field(pattern=r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$")]


class SourceEntry(BaseModel):
    """A source as `sources.yaml` or a front matter describes it."""

    model_config = ConfigDict(extra="forbid")
    title: str
    publisher: str
    date: Date | None = None
    url: str | None = Field(None, pattern=r"^https?://[^\s<>]+$")
    note: str | None = None


class LocalSource(SourceEntry):
    """A source described in the front matter of the one document that uses it."""

    key: str


def _described(value: Any) -> str:
    return "description" if isinstance(value, dict) else "clé"


# A key of `sources.yaml`, or a description; told apart beforehand, so that a fault in one is not told as two.
SourceOrKey = Annotated[
    Annotated[str, Tag("clé")] | Annotated[LocalSource, Tag("description")], Discriminator(_described)
]


class SectionEntry(BaseModel):
    """What the front matter says of a section."""

    model_config = ConfigDict(extra="forbid")
    questions: list[str] = []
    see: list[str] = []
    as_of: Date | None = None
    status: Status | None = None
    silence: bool = False


class FrontMatter(BaseModel):
    """The head of a corpus file.

    `collective: true` says that the file is about several poles, or about none: it is found by its names, but it is
    neither offered nor counted as a pole.
    """

    model_config = ConfigDict(extra="forbid")
    title: str
    kind: Kind
    lang: Literal["fr", "en"] = "fr"
    as_of: Date
    status: Status
    region: str | None = None
    departement: str | None = None
    aliases: list[str] = []
    places: list[str] = []
    collective: bool = False
    sources: list[SourceOrKey]
    sections: dict[str, SectionEntry] = {}
