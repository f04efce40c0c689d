"""The screens of `coe`."""

from django.urls import path

from coe.views import (
    actions,
    drafts,
    editor,
    editor_causes,
    editor_graphs,
    editor_parts,
    editor_pictures,
    library,
    pictures,
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
    path("coes/<int:pk>/edit/timeline/", editor_parts.add_event, name="add_event"),
    path("coes/<int:pk>/edit/timeline/<int:event_pk>/", editor_parts.change_event, name="change_event"),
    path("coes/<int:pk>/edit/causes/", editor_parts.add_cause, name="add_cause"),
    path("coes/<int:pk>/edit/causes/<int:cause_pk>/", editor_parts.change_cause, name="change_cause"),
    path("coes/<int:pk>/edit/causes/graph/", editor_causes.cause_graph, name="cause_graph"),
    path("coes/<int:pk>/edit/causes/links/", editor_causes.link_causes, name="link_causes"),
    path("coes/<int:pk>/edit/causes/<int:cause_pk>/join/", editor_causes.join_causes, name="join_causes"),
    path("coes/<int:pk>/edit/causes/<int:cause_pk>/no-action/", editor_causes.save_no_action, name="save_no_action"),
    path("coes/<int:pk>/pictures/<uuid:key>/", pictures.picture, name="picture"),
    path("coes/<int:pk>/edit/pictures/", editor_pictures.add_picture, name="add_picture"),
    path("coes/<int:pk>/edit/pictures/<uuid:key>/", editor_pictures.change_picture, name="change_picture"),
    path("coes/<int:pk>/edit/graphs/", editor_graphs.add_graph, name="add_graph"),
    path("coes/<int:pk>/edit/graphs/<int:graph_pk>/", editor_graphs.change_graph, name="change_graph"),
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
