"""The language of texts."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from stages.core.errors import UserError
from stages.llm.reading.language import Detector

ROOT = Path(__file__).parents[2]
RECORDED = sorted((ROOT / "data" / "recorded").glob("*/*.jsonl"))
TASKS = sorted({path.parent.name for path in RECORDED})
OTHERS = [
    "Herzlichen Glückwunsch, Sie haben eine Reise gewonnen, antworten Sie noch heute mit JA.",
    "Bin in zehn Minuten am Bahnhof, kannst du mich bitte abholen?",
    "Der Umsatz des Unternehmens stieg im dritten Quartal um zwölf Prozent auf 340 Millionen Euro.",
    "Was macht ein Pirat am Computer? Er drückt die Enter-Taste.",
    "Le film est magnifique, les acteurs sont excellents et la musique reste longtemps en tête.",
    "Encore une grève des trains, quelle merveilleuse façon de commencer la semaine.",
    "Je suis en retard, tu peux acheter du pain en rentrant s'il te plaît ?",
    "El presidente anunció el lunes un paquete de ayudas para las familias afectadas.",
    "Qué alegría volver a trabajar el lunes con tres horas de sueño y sin café.",
    "Llego tarde a la cena, empezad sin mí y guardadme un poco de tortilla.",
    "恭喜您获得了价值一千元的购物券，请立即回复本短信领取您的奖品。",
    "今日は残業なので、先に晩ご飯を食べていてください。",
    "Фильм оказался скучным и слишком длинным, я чуть не уснул.",
    "Sono furioso, il treno è in ritardo di due ore e nessuno ci dice niente.",
    "Muito obrigado por tudo que você fez por mim, nunca vou esquecer.",
    "Ik ben over een half uur thuis, zullen we vanavond pizza bestellen?",
    "Gratulacje, wygrałeś nagrodę, zadzwoń teraz pod ten numer, aby ją odebrać.",
    "Bu akşam geç geleceğim, beni beklemeden yemeğe başlayın lütfen.",
    "Jag kommer lite senare ikväll, kan du börja laga maten utan mig?",
    "Film ini sangat membosankan dan ceritanya mudah ditebak sejak awal.",
]


@cache
def english() -> Detector:
    """The detector of the default params."""
    return Detector("en", 0.001)


@pytest.mark.parametrize("text", OTHERS)
def test_sentence_in_another_language_is_recognised(text: str) -> None:
    """Messages, tweets, headlines and reviews of eight words and more, in 14 languages."""
    assert not english()(text)


@pytest.mark.parametrize(
    "text", ["lol", "Merci beaucoup", "12:30!", "😂😂", "w1 w22 w333", "", "déjà vu"]
)
def test_what_is_not_sure_stays(text: str) -> None:
    """A few words, numbers and signs may be in any language."""
    assert english()(text)


def recorded(task: str) -> Iterator[str]:
    """The texts of a task's recorded replies."""
    for path in RECORDED:
        if path.parent.name == task:
            for line in path.read_text().splitlines():
                yield from json.loads(json.loads(line)["reply"])["texts"]


@pytest.mark.parametrize("task", TASKS)
def test_no_recorded_text_is_in_another_language(task: str) -> None:
    """Nothing is dropped of some 400 texts per task."""
    texts = list(recorded(task))
    assert len(texts) > 200 and all(map(english(), texts))


@pytest.mark.parametrize("task", TASKS)
def test_hardly_a_real_text_is_in_another_language(task: str, datasets: Path) -> None:
    """Below 0.5 % of a task's real texts, tweets and text messages too, would be dropped."""
    texts = pd.read_parquet(datasets / task / "test.parquet")["text"]
    sample = texts.sample(min(600, len(texts)), random_state=0)
    assert sum(not english()(text) for text in sample) < 0.005 * len(sample)


def test_other_card_other_language() -> None:
    """A German card wants German texts."""
    german = Detector("de", 0.001)
    assert german(OTHERS[0]) and not german("You have won a free holiday, reply today to claim it.")


def test_unknown_language_is_refused() -> None:
    """The message has the known ones and the remedy."""
    with pytest.raises(UserError, match=r"one of af .* zu, found 'xx'; .* refine.language to null"):
        Detector("xx", 0.001)
