"""The screens of `coe`."""

from django.urls import path

from coe.views import (
    actions,
    comments,
    drafts,
    editor,
    editor_parts,
    library,
    pool,
    reader,
    reviews,
    revisions,
    rounds,
)

app_name = "coe"
urlpatterns = [
    path("coes/", library.library, name="library"),
    path("coes/<int:pk>/", reader.reader, name="reader"),
    path("coes/<int:pk>/markdown/", reader.source, name="source"),
    path("incidents/<int:pk>/coe/", drafts.start, name="start"),
    path("coes/<int:pk>/edit/", editor.edit, name="edit"),
    path("coes/<int:pk>/edit/header/", editor.save_header, name="save_header"),
    path("coes/<int:pk>/edit/sections/<slug:key>/", editor.save_section, name="save_section"),
    path("coes/<int:pk>/edit/sections/<slug:key>/preview/", editor.preview, name="preview"),
    path("coes/<int:pk>/edit/standing/", editor.standing, name="standing"),
    path("coes/<int:pk>/edit/timeline/", editor_parts.add_event, name="add_event"),
    path("coes/<int:pk>/edit/timeline/<int:event_pk>/", editor_parts.change_event, name="change_event"),
    path("coes/<int:pk>/edit/causes/", editor_parts.add_cause, name="add_cause"),
    path("coes/<int:pk>/edit/causes/<int:cause_pk>/", editor_parts.change_cause, name="change_cause"),
    path("coes/<int:pk>/edit/actions/", editor_parts.add_action, name="add_action"),
    path("coes/<int:pk>/edit/actions/none/", editor_parts.save_reason, name="save_reason"),
    path("coes/<int:pk>/edit/actions/<int:action_pk>/", editor_parts.change_action, name="change_action"),
    path("coes/<int:pk>/edit/checklist/", editor_parts.tick, name="tick"),
    path("coes/<int:pk>/submit/", drafts.submit, name="submit"),
    path("coes/<int:pk>/withdraw/", drafts.withdraw, name="withdraw"),
    path("coes/<int:pk>/reopen/", drafts.reopen, name="reopen"),
    path("coes/<int:pk>/publish/", drafts.publish, name="publish"),
    path("coes/<int:pk>/audience/", drafts.audience, name="audience"),
    path("coes/<int:pk>/review/", reviews.review, name="review"),
    path("coes/<int:pk>/review/ask/", rounds.ask, name="ask_reviewer"),
    path("coes/<int:pk>/review/rounds/<int:review_pk>/hand-on/", rounds.delegate, name="delegate"),
    path("coes/<int:pk>/edit/threads.json", comments.threads, name="threads"),
    path("coes/<int:pk>/comments/", comments.comments, name="comments"),
    path("coes/<int:pk>/comments/<int:thread_pk>/", comments.reply, name="reply"),
    path("coes/<int:pk>/comments/<int:thread_pk>/resolve/", comments.resolve, name="resolve_thread"),
    path("coes/<int:pk>/comments/<int:thread_pk>/reopen/", comments.reopen, name="reopen_thread"),
    path("coes/<int:pk>/comments/said/<int:comment_pk>/", comments.change, name="change_comment"),
    path("coes/<int:pk>/comments/said/<int:comment_pk>/accept/", comments.accept, name="accept_comment"),
    path("coes/<int:pk>/comments/said/<int:comment_pk>/dismiss/", comments.dismiss, name="dismiss_comment"),
    path("coes/<int:pk>/revisions/", revisions.revisions, name="revisions"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("reviews/pool/", pool.pool, name="pool"),
    path("reviews/pool/<int:raiser_pk>/", pool.change, name="change_raiser"),
    path("reviews/pool/<int:raiser_pk>/leave/", pool.leave, name="leave_pool"),
    path("actions/", actions.actions, name="actions"),
    path("actions/<int:pk>/", actions.action, name="action"),
    *(
        path(f"actions/<int:pk>/{name.replace('_', '-')}/", actions.move, {"name": name}, name=f"{name}_action")
        for name in actions.WORDS
    ),
]
