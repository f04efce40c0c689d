"""The screens of `coe`."""

from django.urls import path

from coe.views import (
    actions,
    drafts,
    editor,
    editor_findings,
    editor_parts,
    editor_timeline,
    library,
    reader,
    reviews,
    revisions,
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
    path("coes/<int:pk>/edit/findings/", editor_findings.findings, name="findings"),
    path("coes/<int:pk>/edit/findings/<slug:fingerprint>/waive/", editor_findings.waive, name="waive"),
    path("coes/<int:pk>/edit/findings/<slug:fingerprint>/unwaive/", editor_findings.unwaive, name="unwaive"),
    path("coes/<int:pk>/edit/findings/<slug:fingerprint>/mend/", editor_findings.mend, name="mend"),
    path("coes/<int:pk>/edit/timeline/", editor_parts.add_event, name="add_event"),
    path("coes/<int:pk>/edit/timeline/<int:event_pk>/", editor_parts.change_event, name="change_event"),
    path("coes/<int:pk>/edit/timeline/<int:event_pk>/star/", editor_timeline.star, name="star_event"),
    path("coes/<int:pk>/edit/timeline/removed/<int:removed_pk>/", editor_timeline.put_back, name="put_back_event"),
    path("coes/<int:pk>/edit/timeline/paste/", editor_timeline.paste, name="paste"),
    path("coes/<int:pk>/edit/refresh/", editor_timeline.refresh, name="refresh"),
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
    path("coes/<int:pk>/revisions/", revisions.revisions, name="revisions"),
    path("reviews/", reviews.reviews, name="reviews"),
    path("actions/", actions.actions, name="actions"),
    path("actions/<int:pk>/", actions.action, name="action"),
    *(
        path(f"actions/<int:pk>/{name.replace('_', '-')}/", actions.move, {"name": name}, name=f"{name}_action")
        for name in actions.WORDS
    ),
]
