"""Descriptions, from the store's HTML to Allegro's sections."""

import json
import re
import time
from html import escape, unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.description import Description, Text, sections_of

FRONT, BACK = "https://shop.example/uploads/mug.jpg", "https://shop.example/uploads/mug-back-scaled.jpg"
_WITHIN = {
    "": {"h1", "h2", "p", "ul", "ol"},
    "h1": set[str](),
    "h2": set[str](),
    "p": {"b"},
    "ul": {"li"},
    "ol": {"li"},
    "li": {"b"},
    "b": set[str](),
}


def _content(description: Description) -> str:
    """The whole as HTML, in which a picture is an img."""
    items = (item for section in description.sections for item in section)
    return "".join(item.content if isinstance(item, Text) else f'<img src="{escape(item.url)}">' for item in items)


def _words(description: Description) -> list[str]:
    return unescape(re.sub(r"<[^>]+>", " ", _content(description))).split()


def _assert_allegro_takes_it(description: Description) -> None:
    """Every rule but that about pictures, read anew from the text that is sent."""
    sections = description.as_allegro()["sections"]
    assert len(json.dumps({"sections": sections}, ensure_ascii=False, separators=(",", ":")).encode()) <= 40_000
    assert len(sections) <= 100
    for section in sections:
        assert 1 <= len(section["items"]) <= 2
        for item in section["items"]:
            if item["type"] == "TEXT":
                _assert_content_is_valid(item["content"])


def _assert_content_is_valid(content: str) -> None:
    assert content
    assert not re.search(r"<\w+>\s|\s</\w+>", content), content
    open_tags, is_empty = [""], False
    for piece in re.findall(r"<[^>]*>|[^<]+|<", content):
        if piece.startswith("</"):
            assert piece == f"</{open_tags.pop()}>"
            assert not is_empty
        elif piece.startswith("<"):
            assert piece[1:-1] in _WITHIN[open_tags[-1]], piece
            open_tags.append(piece[1:-1])
        else:
            assert open_tags[-1] not in ("", "ul", "ol"), piece
            assert re.fullmatch(r"(?:[^<>&]|&(?:amp|lt|gt);)+", piece), piece
            assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]|\s\s", piece), piece
        is_empty = piece.startswith("<") and not piece.startswith("</")
    assert open_tags == [""]


@pytest.mark.parametrize(
    ("html", "content"),
    [
        ("", ""),
        (" <p>&nbsp;</p>\n<div><br></div> ", ""),
        ("Kubek", "<p>Kubek</p>"),
        ("Kubek  z uchem\nna kawę\n\nPojemność 0,3 l", "<p>Kubek z uchem</p><p>na kawę</p><p>Pojemność 0,3 l</p>"),
        ("<p>Kubek\nz uchem</p>", "<p>Kubek z uchem</p>"),
        ("Kubek<br />z uchem\n\ndrugi", "<p>Kubek</p><p>z uchem</p><p>drugi</p>"),
        ("<!-- wp:paragraph -->\n<p>Kubek</p>\n<!-- /wp:paragraph -->", "<p>Kubek</p>"),
        ("<h1>A</h1><h2>B</h2><h3>C <b>c</b></h3><h6>D</h6>", "<h1>A</h1><h2>B</h2><h2>C c</h2><h2>D</h2>"),
        ("<h2>Tytuł<p>tekst", "<h2>Tytuł</h2><p>tekst</p>"),
        ("<h2><p>Tytuł<br>drugi</p></h2>tekst", "<h2>Tytuł drugi</h2><p>tekst</p>"),
        ("<p>a <STRONG class='x'>b</STRONG> <em>c</em></p>", "<p>a <b>b</b> c</p>"),
        ("<p><b>a</b><strong>b</strong><b> </b>c</p>", "<p><b>ab</b> c</p>"),
        ("<b>a<p>b</p>", "<p><b>a</b></p><p><b>b</b></p>"),
        ("<div><div>a</div>b<span style='color: red'>c</span></div>", "<p>a</p><p>bc</p>"),
        ("<ul><li>a</li><li><p>b</p><p>c</p></li><li></li></ul>d", "<ul><li>a</li><li>b c</li></ul><p>d</p>"),
        ("<ol><li>a<li><h3>b</h3>c</ol><ol><li>d</ol>", "<ol><li>a</li><li>b c</li></ol><ol><li>d</li></ol>"),
        ("<ul><li>a</ul><ol><li>b</ol>", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
        ("<ul>a</ul></ul><li>b", "<ul><li>a</li></ul><p>b</p>"),
        ("<p>5 < 6 &amp;&lt;b&gt; <35mm \"q\" 'r'", "<p>5 &lt; 6 &amp;&lt;b&gt; &lt;35mm \"q\" 'r'</p>"),
        ("Rozmiar <XL", "<p>Rozmiar &lt;XL</p>"),
        ("&trade; &#128512; 👩‍🚀 żółć\u200b\x07 &bogus;", "<p>™ 😀 👩‍🚀 żółć &amp;bogus;</p>"),
        ("<p>20 m<sup>2</sup>, CO<sub>2</sub>, x<sup>n</sup></p>", "<p>20 m², CO₂, xn</p>"),
        ("a<script>if (a<b) {}</script><style>p {}</style><noscript>n</noscript>", "<p>a</p>"),
        ("długość [cm], [new], [rozmiar = XL]", "<p>długość [cm], [new], [rozmiar = XL]</p>"),
        ("<o:p>z Worda</o:p><![if !supportLists]>a<![endif]><?xml version='1.0'?>", "<p>z Wordaa</p>"),
        ("a <<!-- -->![x]> <<!-- -->?b", "<p>a &lt;![x]&gt; &lt;?b</p>"),
        ("<pre>a\nb</pre><p>c</p>", "<p>a</p><p>b</p><p>c</p>"),
    ],
)
def test_what_allegro_has_no_word_for_becomes_what_it_has(html: str, content: str) -> None:
    description = sections_of(html)
    assert _content(description) == content
    assert description.notes == ()


@pytest.mark.parametrize(
    ("html", "content", "notes"),
    [
        (
            "<p>Zobacz <a href='https://x.example/r'>regulamin</a> i <a href='#top'>górę</a></p>",
            "<p>Zobacz regulamin i górę</p>",
            ("Links are kept as their text, without the address: “https://x.example/r”.",),
        ),
        (
            "<table><tr><th>Rozmiar</th><th>Długość</th></tr><tr><td><p>S</p></td><td>70 cm</td></tr></table>",
            "<p>Rozmiar | Długość</p><p>S | 70 cm</p>",
            ("Tables are written as paragraphs, row by row: “Rozmiar | Długość”, “S | 70 cm”.",),
        ),
        ("<table><tr><td><ul><li>a</ul><p>b</td></tr></table>", "<ul><li>a</li></ul><p>b</p>", ()),
        (
            "<ul><li>Materiał:<ul><li>stal</li><li>szkło</li></ul></li><li>Kolor</li></ul>",
            "<ul><li>Materiał:</li><li>– stal</li><li>– szkło</li><li>Kolor</li></ul>",
            ("Lists within lists are written as one list: “stal”, “szkło”.",),
        ),
        (
            "a<iframe src='https://v.example/1'>x</iframe>b<video>y</video><embed src='z'>",
            "<p>ab</p>",
            ("Frames, videos and drawings are left out: “https://v.example/1”, “<video>”, “z”.",),
        ),
        ("<p>a<video src='v'><p>b", "<p>a</p><p>b</p>", ("Frames, videos and drawings are left out: “v”.",)),
        (
            'a [gallery ids="1,2"] [vc_row]b[/vc_row] [tabs]c[/tabs]d[x [a_b] c=1]e',
            "<p>a b c d e</p>",
            ('Shortcodes are left out: “[gallery ids="1,2"]”, “[vc_row]”, “[/vc_row]”, and 4 more.',),
        ),
        ("<del>199 zł</del> 149 zł", "<p>199 zł 149 zł</p>", ("Text that was struck out is no longer: “199 zł”.",)),
        ("a <XL i b> c</3 d>e", "<p>a ce</p>", ("What looks like a tag and is none is left out: “<XL i b>”, “3 d”.",)),
        (
            "<p>a</p><script>b",
            "<p>a</p>",
            ("What follows a comment or script that never ends is left out: “<script>b”.",),
        ),
    ],
)
def test_what_is_lost_is_noted(html: str, content: str, notes: tuple[str, ...]) -> None:
    description = sections_of(html)
    assert (_content(description), description.notes) == (content, notes)


def test_a_picture_of_the_offer_stays_in_its_place_in_whatever_size_the_store_shows_it() -> None:
    html = f'<p>a <img src="{FRONT}"> b</p><img src="//shop.example/uploads/mug-back-300x200.jpg?v=1"><p>c</p>'
    description = sections_of(html, [FRONT, BACK])
    assert description.as_allegro() == {
        "sections": [
            {"items": [{"type": "TEXT", "content": "<p>a</p>"}]},
            {"items": [{"type": "IMAGE", "url": FRONT}]},
            {"items": [{"type": "TEXT", "content": "<p>b</p>"}]},
            {"items": [{"type": "IMAGE", "url": BACK}]},
            {"items": [{"type": "TEXT", "content": "<p>c</p>"}]},
        ]
    }
    assert description.notes == ()


def test_a_picture_that_the_offer_does_not_have_is_left_out_with_a_note() -> None:
    description = sections_of(
        'a<img src="data:image/png;base64,xx"><img src="/mug.jpg"><img>', [FRONT, "ftp://mug.jpg"]
    )
    assert _content(description) == "<p>a</p>"
    assert " ".join(description.notes) == (
        "Pictures that are not among the offer's are left out: “data:image/png;base64,xx”, “/mug.jpg”, “a picture "
        "without an address”."
    )


def test_a_picture_in_a_list_or_a_heading_comes_after_it() -> None:
    html = f'<ol><li>a<img src="{FRONT}"></li><li>b</li></ol><h2>c<img src="{BACK}"> d</h2>'
    content = f'<ol><li>a</li><li>b</li></ol><img src="{FRONT}"><h2>c d</h2><img src="{BACK}">'
    assert _content(sections_of(html, [FRONT, BACK])) == content
    assert _content(sections_of(f'<ul><li><img src="{FRONT}">a', [FRONT])) == f'<ul><li>a</li></ul><img src="{FRONT}">'


@pytest.mark.parametrize(
    ("html", "last", "lost"),
    [
        ("<p>" + "słowo " * 20 + "koniec</p>", " koniec</p>", "characters"),
        ('<ul><li>ma "szkło" & stal</li></ul>', '<ul><li>ma "szkło" &amp; stal</li></ul>', "characters"),
        ("<li>zażółć", "<p>zażółć</p>", "characters"),
        ("jedno <b>zdanie</b> ", " jedno</p>", "characters"),
        (f'<p>a</p><img src="{FRONT}">', f'<img src="{FRONT}">', "2950 of 3000 pictures"),
    ],
)
def test_a_description_that_is_too_long_is_cut_where_a_paragraph_ends_or_at_least_a_word(
    html: str, last: str, lost: str
) -> None:
    description = sections_of(html * 3000, [FRONT])
    _assert_allegro_takes_it(description)
    assert _content(description).endswith(last)
    assert len(_content(description)) > 30_000 or "pictures" in lost
    assert lost in description.notes[-1]
    assert "too long" in description.notes[-1]


def test_a_word_that_is_too_long_is_left_out_whole() -> None:
    assert sections_of("a " + "ż" * 20_000) == Description(
        ((Text("<p>a</p>"),),),
        ("The description is too long for Allegro and is cut: “20,001 of 20,002 characters and 0 of 0 pictures”.",),
    )


@pytest.mark.parametrize(
    ("piece", "note"),
    [
        ("<div><p>Zażółć <b>gęślą</b> jaźń <a href='https://x.example'>więcej</a></p></div>\n", ", and 2997 more."),
        ("<a " * 22 + "\n", "too long"),
        ("[a " * 22, "too long"),
    ],
)
def test_two_hundred_kilobytes_are_read_at_once(piece: str, note: str) -> None:
    started = time.process_time()
    description = sections_of(piece * 3000)
    assert time.process_time() - started < 20
    _assert_allegro_takes_it(description)
    assert note in " ".join(description.notes)


_VISIBLE_TAGS = [
    *("p", "br", "div", "h1", "h2", "h4", "ul", "ol", "li", "b", "strong", "em", "span", "table", "tr", "td", "th"),
    *("blockquote", "pre", "section", "hr", "dl", "dt", "sup", "font color=red", "a href='https://x.example'", "del"),
]
_PICTURE_TAGS = [f"<img src='{FRONT}'>", f'<img alt="" src="{BACK}" />', "<img src=other.png>"]
_ODD = [
    *("<video>", "</video>", "<iframe src=x>", "</iframe>", "<svg ", "[gallery]", "[a_b ", "c=1]", "[x]", "[/x]", "["),
    *("]", "<XL ", "<", ">", "</", "&amp;", "&lt;b&gt;", "&", "&#0;", "&#xd800;", "&nbsp;", "\u200b", "\x07", "\ud800"),
]
# What these hide no one sees.
_HIDING = ["<!-- ", "-->", "<!--", "<script>", "</script>", "<style>", "<!", "<![", "<?", "<template>"]
_SPACES = st.sampled_from(["", " ", "\n", "\n\n", "\t", "&nbsp;", "\r\n"])
_TAGS = st.builds(
    lambda tag, kind: f"</{tag.split()[0]}>" if kind == 1 else f"<{tag}{'/' * (kind == 2)}>",
    st.sampled_from(_VISIBLE_TAGS),
    st.sampled_from([0, 0, 1, 1, 2]),
)


@st.composite
def _soups(draw: st.DrawFn, pieces: st.SearchStrategy[str]) -> str:
    """Words told apart by their numbers, between whatever `pieces` are."""
    drawn = draw(st.lists(st.tuples(pieces, _SPACES, st.booleans()), max_size=25))
    return "".join(
        piece + space + (f"word{number} " if has_word else "") for number, (piece, space, has_word) in enumerate(drawn)
    )


def _assert_valid_and_settled(html: str) -> Description:
    description = sections_of(html, [FRONT, BACK])
    _assert_allegro_takes_it(description)
    assert sections_of(_content(description), [FRONT, BACK]).sections == description.sections
    return description


@given(_soups(st.one_of(_TAGS, st.sampled_from(_PICTURE_TAGS))))
@settings(deadline=None, max_examples=40)
def test_of_any_tags_no_word_is_lost_and_all_keep_their_order(html: str) -> None:
    description = _assert_valid_and_settled(html)
    assert [word for word in _words(description) if word.startswith("word")] == re.findall(r"word\d+", html)


@given(_soups(st.one_of(_TAGS, st.sampled_from(_PICTURE_TAGS + _ODD))))
@settings(deadline=None, max_examples=40)
def test_of_anything_no_word_is_lost_without_a_note(html: str) -> None:
    description = _assert_valid_and_settled(html)
    assert description.notes or set(re.findall(r"word\d+", html)) <= set(re.findall(r"word\d+", _content(description)))


@given(st.text())
@settings(deadline=None, max_examples=40)
def test_of_any_text_no_character_that_can_be_seen_is_lost_without_a_note(text: str) -> None:
    text = text.replace("<", "< ")  # no tag begins like this
    description = _assert_valid_and_settled(text)
    seen = [each for each in unescape(text) if each.isalnum()]
    assert description.notes or [each for word in _words(description) for each in word if each.isalnum()] == seen


@given(_soups(st.one_of(_TAGS, st.sampled_from(_PICTURE_TAGS + _ODD + _HIDING))), st.sampled_from([1, 1, 1, 200]))
@settings(deadline=None, max_examples=20)
def test_of_anything_however_much_allegro_is_sent_what_it_takes(html: str, times: int) -> None:
    _assert_valid_and_settled(html * times)
