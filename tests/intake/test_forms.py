"""How a file is written."""

from pathlib import Path

import pytest

from stages.intake import forms

TEXTS = {
    "cp1252": "Das ist schön, für Mütter und Väter größer als üblich",
    "cp1250": "Zażółć gęślą jaźń, bardzo źle się czuję, świetny łódź",
    "cp1251": "Это очень плохой фильм, я не рекомендую его никому",
    "koi8_r": "Это очень плохой фильм, я не рекомендую его никому",
    "cp1253": "Αυτό είναι ένα πολύ καλό βιβλίο για όλους",
    "cp1254": "Çok güzel bir film, şiddetle öneririm, ığdır",
    "cp932": "この映画はとても面白かったです。おすすめします",
    "gb18030": "这部电影非常好看，我推荐给大家",
    "cp949": "이 영화는 정말 재미있었습니다",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_encodings_are_guessed(encoding: str) -> None:
    """From a sentence; one letter of Western European is enough."""
    assert forms.guessed(TEXTS[encoding].encode(encoding)) == encoding
    assert forms.guessed("It’s a café".encode("cp1252")) == "cp1252"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"text,label\na b,x\nc,y\n", {}),
        (b"text;label\na, b;x\nc, d;y\n", {"separator": ";"}),
        (b"text|label\na|x\n", {"separator": "|"}),
        (b'text,label\n"a; b; c",x\n"d; e; f",y\n', {}),
        (b'text;label\nthe 5" disc;x\n"Oh", she said;y\n', {"separator": ";", "quotes": False}),
        (b'text,label\n"a\nb",x\nc,y\n', {}),
        (b"text\na\nb\n", {}),
        ("text,label\né,x\n".encode("utf-16"), {}),
        ("text,label\né,x\n".encode("utf-8-sig"), {}),
        ("text;label\né,x;y\n".encode("utf-16-be"), {"encoding": "utf-16-be", "separator": ";"}),
    ],
)
def test_only_what_is_unusual_is_said(
    content: bytes, said: dict[str, object], tmp_path: Path
) -> None:
    """The card stays empty of defaults; a mark in a file speaks for itself."""
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert forms.form(path) == said


def test_tabs_are_usual_in_tsv(tmp_path: Path) -> None:
    """And quotation marks at odd places are part of its cells."""
    path = tmp_path / "a.tsv"
    path.write_text('text\tlabel\n"half a quote\tx\nanother\ty\n')
    assert forms.form(path) == {"quotes": False}
