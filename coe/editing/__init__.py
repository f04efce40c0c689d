"""Every change of a draft's text, one module per part. Each locks the COE, judges, writes, and keeps a revision.

It decides what a change does and when it is refused. It does not decide who may see the COE (`visible_to`) nor whether
the text is good (`coe/reviewing.py` says what is missing).
"""

from coe.editing.actions import add_action, change_action, remove_action
from coe.editing.causes import add_cause, change_cause, indent, move_cause, outdent, remove_cause, shift
from coe.editing.graphs import add_graph, change_graph, remove_graph, shift_graph
from coe.editing.lines import add_lines, put_back, star
from coe.editing.linking import link, set_join, set_no_action, unlink
from coe.editing.sections import SectionConflict, save_header, save_no_actions, save_section, tick, tick_more
from coe.editing.timeline import add_event, change_event, remove_event
from coe.editing.writing import RowConflict, writing

__all__ = [
    "RowConflict",
    "SectionConflict",
    "add_action",
    "add_cause",
    "add_event",
    "add_graph",
    "add_lines",
    "change_action",
    "change_cause",
    "change_event",
    "change_graph",
    "indent",
    "link",
    "move_cause",
    "outdent",
    "put_back",
    "remove_action",
    "remove_cause",
    "remove_event",
    "remove_graph",
    "save_header",
    "save_no_actions",
    "save_section",
    "set_join",
    "set_no_action",
    "shift",
    "shift_graph",
    "star",
    "tick",
    "tick_more",
    "unlink",
    "writing",
]
