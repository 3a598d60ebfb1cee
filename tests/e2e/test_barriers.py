"""What looks for barriers finds them: in the page, in a component, and only once what fades in stands."""

from fixtures.resident import resident
from playwright.async_api import Browser

PAGE = """
    <!doctype html><html lang="en"><title>A page</title><main><h1>A page</h1>{body}</main></html>
"""
COMPONENT = """
    document.querySelector('a-part').attachShadow({mode: 'open'}).innerHTML =
        '<style>@keyframes in { from { opacity: .1 } } p { animation: in %s }</style><p>Text</p><img src="data:,">';
"""
SCHEMES = """
    <style>
        :root { color-scheme: light dark; --pale: #ccc; --link: #555; color: #222; background: #fff }
        a { color: var(--link); text-decoration: none }
        #pale { color: var(--pale) }
        @media (prefers-color-scheme: dark) { :root { --pale: #eee; --link: #07f; color: #eee; background: #000 } }
    </style>
    <p id="pale">Text</p><p>Text around <a href="/">a link</a> that stands in it</p><img src="data:,">
"""


async def test_a_barrier_is_found(browser: Browser) -> None:
    """An image without words and text that is too pale, each by its rule and element; a page without any has none."""
    async with resident(browser) as someone:
        await someone.page.set_content(PAGE.format(body="<p>Text</p>"))
        assert await someone.barriers() == []
        pale = '<p id="pale" style="color: #ccc; background: #fff">Text</p><img id="bare" src="data:,">'
        await someone.page.set_content(PAGE.format(body=pale))
        found = await someone.barriers()
    assert found == ['color-contrast: [["#pale"]]', 'image-alt: [["#bare"]]']


async def test_what_fades_in_is_looked_at_when_it_stands(browser: Browser) -> None:
    """In a component too; what is wrong within it is found all the same."""
    async with resident(browser) as someone:
        await someone.page.set_content(PAGE.format(body="<a-part></a-part>"))
        await someone.page.evaluate(COMPONENT % ".5s")
        found = await someone.barriers()
        await someone.page.set_content(PAGE.format(body="<a-part></a-part>"))
        await someone.page.evaluate(COMPONENT % "60s paused")
        paused = await someone.barriers()
    assert found == ['image-alt: [[["a-part","img"]]]']
    assert [one.partition(":")[0] for one in paused] == ["color-contrast", "image-alt"]


async def test_what_is_too_pale_in_one_scheme_is_found(browser: Browser) -> None:
    """Text, and a link that only its colour tells from the text around it; what both have in common is told once."""
    async with resident(browser) as someone:
        await someone.page.set_content(PAGE.format(body=SCHEMES))
        assert await someone.barriers_by_scheme() == [
            'dark: image-alt: [["img"]]',
            'light: color-contrast: [["#pale"]]',
            'light: link-in-text-block: [["a"]]',
        ]
