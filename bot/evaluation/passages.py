"""What a checker of claims is given when a claim points to a whole section."""

from knowledge.claims.checker import Given
from knowledge.contents import Contents


def given_section(contents: Contents, section: str) -> list[Given]:
    """The passages of a section, as a model would be given them."""
    group, document = contents.sentences[section], contents.documents[section]
    spans = [p for p in contents.passages if p.section == section]
    return [Given(p.id, document, contents.sections[section], group[p.first : p.last + 1]) for p in spans]
