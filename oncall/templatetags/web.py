"""Addresses that people or machines gave us, as links: `{% load web %}{% if link.url|web %}`.

Forms and doors take addresses of the web alone; a link is made of nothing else, wherever a row came from.
"""

from django import template

from oncall import payloads

register = template.Library()


@register.filter
def web(url: object) -> str:
    """The address when it is one of the web, else nothing."""
    return payloads.web_address(url)
