"""All requests of one strategy for one task, until every label has its texts or the limit is met.

Which requests are made depends on the replies only, never on the order in which they arrive, so a
repeated run asks for the same ones and finds them in the cache.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from math import ceil

from stages.core.errors import UserError
from stages.core.text import normalise
from stages.llm.messages.completion import Asker, Outcome
from stages.llm.messages.replies import Reply, Spool, key
from stages.llm.messages.request import Request
from stages.llm.reading import parsing
from stages.llm.sending.concurrency import run_bounded
from stages.llm.writing.attributes import parse_attributes
from stages.llm.writing.prompts import Writer

SILENCE = 20  # answers in a row, to requests of all labels, without a text: then none will come
PROPOSALS = 3  # attempts to get attribute dimensions that can be read
InLanguage = Callable[[str], bool]


@dataclass
class Collected:
    """What a label has so far: different usable texts, and the requests that were made for it."""

    seen: set[int] = field(default_factory=set)  # hashes of normalised texts
    requests: int = 0


@dataclass
class Conversation:
    """A conversation so far; `history` holds its replies that gave texts."""

    label: str
    index: int
    turns: int = 0
    history: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Share:
    """What a conversation should add: texts that are not `known`, in at most so many requests."""

    conversation: Conversation
    place: int
    texts: int
    requests: int
    known: frozenset[int]


class Generation:
    """One run; `asker` is how requests are answered, `spool` where replies go.

    Texts for which `in_language` is false do not count towards their label's number.
    """

    def __init__(
        self,
        writer: Writer,
        asker: Asker,
        spool: Spool,
        strategy: str,
        in_language: InLanguage = bool,
    ) -> None:
        self.writer, self.asker, self.spool = writer, asker, spool
        self.strategy = strategy
        self.settings = writer.strategy
        self._in_language = in_language
        self.collected = {label: Collected() for label in writer.task.labels}
        self.wanted = self.settings.texts_per_label * len(self.collected)
        self.problems: Counter[str] = Counter()
        self.failures: list[tuple[str, str]] = []  # key, reason
        self._silent: Counter[str] = Counter()  # answers without a text in a row, by label

    async def run(self, width: int, waves: int = 1000) -> None:
        """Make all requests, `width` at a time; top up at most `waves` - 1 times."""
        await self.propose()
        if self.settings.mode == "conversation":
            await self._converse_all(width, waves)
            return
        for wave in range(waves):
            requests = self.wave(wave)
            if not requests:
                return
            await self.asker.prefetch(self._request(wave, *place) for place in requests)
            await run_bounded(
                (partial(self._one, self._request(wave, *place)) for place in requests), width
            )

    def wave(self, wave: int) -> list[tuple[str, int]]:
        """Label and index of the next requests: all that are needed at first, then the top-up.

        The labels take turns, so that a run that is stopped has some texts of each.
        """
        places = []
        for label, collected in self.collected.items():
            number = min(self.missing(label), self.most_requests - collected.requests)
            collected.requests += number
            places += [(label, index) for index in range(number)]
        return sorted(places, key=lambda place: place[1])

    @property
    def texts(self) -> int:
        """Different usable texts so far."""
        return sum(len(collected.seen) for collected in self.collected.values())

    def missing(self, label: str) -> int:
        """Requests that would complete the label, if each brought as many texts as asked for."""
        missing = self.settings.texts_per_label - len(self.collected[label].seen)
        return max(0, ceil(missing / self.settings.texts_per_request))

    @property
    def most_requests(self) -> int:
        """Of a label."""
        settings = self.settings
        least = ceil(settings.texts_per_label / settings.texts_per_request)
        return ceil(least * settings.most_requests)

    def shortfall(self) -> dict[str, int]:
        """Labels with too few texts, and how many are missing."""
        wanted = self.settings.texts_per_label
        counts = {
            label: wanted - len(collected.seen) for label, collected in self.collected.items()
        }
        return {label: number for label, number in counts.items() if number > 0}

    def keep(self, request: Request, outcome: Outcome) -> list[str]:
        """File an outcome as a reply; returns its usable texts."""
        completion = outcome.completion
        name = key(
            self.writer.task.name, self.strategy, request.label, request.round, request.index
        )
        if outcome.error:
            self.failures.append((name, outcome.error))
        reply = Reply(
            key=name,
            task=self.writer.task.name,
            strategy=self.strategy,
            label=request.label,
            round=request.round,
            index=request.index,
            reply=completion.reply if completion else "",
            model=completion.model if completion else request.body["model"],
            finish_reason=completion.finish_reason if completion else f"error: {outcome.error}",
            usage=completion.usage if completion else None,
            examples=list(request.examples),
            provider="openai",
            attributes=dict(request.attributes),
            request=request.key,
            doubts="",
        )
        self.spool.add(reply)
        usable = self._usable(request, reply)
        self.collected[request.label].seen.update(map(_fingerprint, usable))
        return usable

    def _usable(self, request: Request, reply: Reply) -> list[str]:
        """The texts that count towards the label's number; the others are counted as problems."""
        phrase = self.writer.task.phrases.get(request.label, "")
        parsed = parsing.parse(reply["reply"], request.label, reply["finish_reason"], phrase)
        if parsed.problem:
            self.problems[parsed.problem] += 1
        elif len(parsed.texts) + parsed.dropped.total() != request.texts:
            self.problems["wrong_count"] += 1
        self.problems.update(parsed.dropped)
        self._check_silence(reply, parsed)
        usable = [text for text in parsed.texts if self._in_language(text)]
        self.problems["wrong_language"] += len(parsed.texts) - len(usable)
        return usable

    def _check_silence(self, reply: Reply, parsed: parsing.Parsed) -> None:
        """Raise `UserError` when only answers without a text come."""
        if parsed.texts:
            self._silent.clear()
        elif parsed.problem != "failed_request":
            self._silent[reply["label"]] += 1
        # One label alone may be refused: the texts of the others are still wanted.
        if self._silent.total() < SILENCE or len(self._silent) < len(self.collected):
            return
        remedy = "fix the prompt, or name another model"
        if reply["finish_reason"] == "length":
            remedy = (
                f"it was cut off: raise strategies.{self.strategy}.max_tokens, "
                f"now {self.settings.max_tokens or 'left to the endpoint'}"
            )
        raise UserError(
            f"{self.writer.task.name}, {self.strategy}: {self._silent.total()} answers in a row "
            f"gave no text, the last ({parsed.problem}): {reply['reply']!r:.80}; {remedy}; what "
            "was answered is kept"
        )

    def _request(self, wave: int, label: str, index: int) -> Request:
        return self.writer.request(label, wave, index, self.settings.texts_per_request)

    async def _one(self, request: Request) -> None:
        self.keep(request, await self.asker.complete(request))

    async def _converse_all(self, width: int, waves: int) -> None:
        """All conversations, resumed while their label has too few texts and requests left."""
        numbers = range(self.settings.conversations)
        talks = {
            label: [Conversation(label, index) for index in numbers] for label in self.collected
        }
        for wave in range(waves):
            shares = [share for label in talks for share in self._shares(talks[label], wave)]
            if not shares:
                return
            shares.sort(key=lambda share: share.place)
            await run_bounded((partial(self._converse, share) for share in shares), width)

    def _shares(self, talks: list[Conversation], wave: int) -> Iterator[Share]:
        """What each conversation of a label should add; fewer of them where little is missing."""
        label = talks[0].label
        collected = self.collected[label]
        left = self.most_requests - collected.requests
        number = min(len(talks), self.missing(label), left)
        known = frozenset(collected.seen)  # as of now: texts that arrive meanwhile change nothing
        for place in range(number):
            yield Share(
                conversation=talks[(wave + place) % len(talks)],
                place=place,
                texts=ceil((self.settings.texts_per_label - len(known)) / number),
                requests=left // number + (place < left % number),
                known=known,
            )

    async def _converse(self, share: Share) -> None:
        """Continue a conversation until it has given its share of the label's texts."""
        talk = share.conversation
        mine: set[int] = set()
        for _ in range(share.requests):
            number = min(self.settings.texts_per_request, share.texts - len(mine))
            request = self.writer.request(talk.label, talk.turns, talk.index, number, talk.history)
            talk.turns += 1
            self.collected[talk.label].requests += 1
            outcome = await self.asker.complete(request)
            usable = self.keep(request, outcome)
            mine |= set(map(_fingerprint, usable)) - share.known
            if usable and outcome.completion:  # a refusal that is shown again invites more
                talk.history.append(outcome.completion.reply)
            if len(mine) >= share.texts:
                return

    async def propose(self) -> None:
        """Get attribute values for every label without them in the card, from the LLM or the cache.

        Raises `UserError` when none of the proposals for a label can be read.
        """
        for attempt in range(PROPOSALS):
            labels = self.writer.without_attributes()
            requests = [self.writer.proposal(label, attempt) for label in labels]
            await self.asker.prefetch(requests)
            for request in requests:
                outcome = await self.asker.complete(request)
                reply = outcome.completion.reply if outcome.completion else ""
                self.writer.attributes[request.label] = parse_attributes(reply)
        labels = self.writer.without_attributes()
        if labels:
            raise UserError(
                f"labels {labels}: no reply to the proposal prompt could be read as "
                '{"dimensions": {...}}; write the attributes into the card by hand, as attributes: '
                f"{{{self.strategy}: {{<label>: {{<dimension>: [<value>, ...]}}}}}}"
            )


def _fingerprint(text: str) -> int:
    return hash(normalise(text))
