"""The last look before an answer leaves: every quote stands in its document, every marker has its citation.

With quotes alone this should never fail; that is why it is checked. A fault here is a defect of the program, and an
answer with a doubtful citation is worth less than none.
"""

import re

from knowledge.cite import Cited
from knowledge.contents import Contents

MARKER = re.compile(r"\[(\d+)\]")


class UnsupportedCitationError(AssertionError):
    """A citation that does not support what it is attached to."""


def verify(contents: Contents, cited: Cited) -> Cited:
    """`cited` itself, or `UnsupportedCitationError`."""
    markers = {int(n) for n in MARKER.findall(cited.text)}
    numbers = {citation.n for citation in cited.citations}
    if markers != numbers:
        raise UnsupportedCitationError(f"markers {sorted(markers)} for citations {sorted(numbers)}")
    for citation in cited.citations:
        sections = (s for d in contents.corpus.documents if d.id == citation.document for s in d.sections)
        paragraphs = (p for s in sections if s.title == citation.section for p in s.paragraphs)
        if not any(citation.quote in p.text for p in paragraphs) or not citation.sources:
            raise UnsupportedCitationError(f"quote {citation.n} is not in {citation.document}")
    return cited
