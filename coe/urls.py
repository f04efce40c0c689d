"""The screens of `coe`."""

from django.urls import path

from coe.views import (
    actions,
    drafts,
    editor,
    editor_parts,
    editor_template,
    editor_timeline,
    exports,
    imports,
    library,
    owed,
    reader,
    reviews,
    revisions,
    template_editor,
    templates,
)

app_name = "coe"
urlpatterns = [
    path("coes/", library.library, name="library"),
    path("coes/import/", imports.choose, name="import"),
    path("coes/import/confirm/", imports.confirm, name="confirm_import"),
    path("coes/diagrams/", exports.diagrams, name="diagrams"),
    path("coes/<int:pk>/", reader.reader, name="reader"),
    path("coes/<int:pk>/markdown/", exports.markdown, name="source"),
    path("coes/<int:pk>/json/", exports.content, name="content"),
    path("coes/<int:pk>/html/", exports.html, name="html"),
    path("coes/<int:pk>/pdf/", exports.pdf, name="pdf"),
    path("incidents/<int:pk>/coe/", drafts.start, name="start"),
    path("coes/<int:pk>/edit/", editor.edit, name="edit"),
    path("coes/<int:pk>/edit/header/", editor.save_header, name="save_header"),
    path("coes/<int:pk>/edit/sections/<slug:key>/", editor.save_section, name="save_section"),
    path("coes/<int:pk>/edit/sections/<slug:key>/preview/", editor.preview, name="preview"),
    path("coes/<int:pk>/edit/standing/", editor.standing, name="standing"),
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
    path("coes/<int:pk>/edit/template/", editor_template.move_on, name="move_on"),
    path("coes/<int:pk>/edit/sections/<slug:key>/waive/", editor_template.waive, name="waive_question"),
    path("coes/<int:pk>/submit/", drafts.submit, name="submit"),
    path("coes/<int:pk>/withdraw/", drafts.withdraw, name="withdraw"),
    path("coes/<int:pk>/reopen/", drafts.reopen, name="reopen"),
    path("coes/<int:pk>/publish/", drafts.publish, name="publish"),
    path("coes/<int:pk>/audience/", drafts.audience, name="audience"),
    path("coes/<int:pk>/review/", reviews.review, name="review"),
    path("coes/<int:pk>/revisions/", revisions.revisions, name="revisions"),
    path("coes/owed/", owed.owed, name="owed"),
    path("coes/owed/<int:pk>/waive/", owed.waive, name="waive_owed"),
    path("coes/owed/<int:pk>/demand/", owed.demand_again, name="demand_again"),
    path("incidents/<int:pk>/coe/request/", owed.request_coe, name="request_coe"),
    path("templates/", templates.templates, name="templates"),
    path("templates/built-in/", templates.built_in, name="built_in_template"),
    path("templates/adopt/", templates.adopt, name="adopt_template"),
    path("templates/new/", templates.add, name="add_template"),
    path("templates/<int:pk>/", templates.template, name="template"),
    path("templates/<int:pk>/edit/", template_editor.edit, name="edit_template"),
    *(
        path(f"templates/<int:pk>/{name}/", templates.move, {"name": name}, name=f"{name}_template")
        for name in templates.MOVES
    ),
    path("reviews/", reviews.reviews, name="reviews"),
    path("actions/", actions.actions, name="actions"),
    path("actions/<int:pk>/", actions.action, name="action"),
    *(
        path(f"actions/<int:pk>/{name.replace('_', '-')}/", actions.move, {"name": name}, name=f"{name}_action")
        for name in actions.WORDS
    ),
]
