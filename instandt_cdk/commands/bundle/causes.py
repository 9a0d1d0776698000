"""The most probable cause of what is wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from instandt_cdk.commands.bundle.evidence import Sign, Source
from instandt_cdk.commands.bundle.rules import RULES


@dataclass(frozen=True)
class Cause:
    """A probable cause, as one sentence with its remedy, and the sign that it was read from."""

    sentence: str
    sign: Sign

    @property
    def how_sure(self) -> str:
        """How much the sign is worth."""
        if self.sign.source in (Source.LOG, Source.ALARM, Source.SERVICE):
            return "likely: it is read from what was logged, which may have other reasons"
        return "quite sure: AWS or a check says so itself"


def causes(signs: Iterable[Sign]) -> Iterator[Cause]:
    """Return the probable causes, the most probable first; each sentence once, and one for each sign."""
    unexplained, told = list(signs), set[str]()
    for rule in RULES:
        for sign in list(unexplained):
            if sentence := rule.read(sign):
                unexplained.remove(sign)
                if sentence not in told:
                    told.add(sentence)
                    yield Cause(sentence, sign)
