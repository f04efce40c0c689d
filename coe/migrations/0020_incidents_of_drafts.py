"""The draft of a re-issue keeps its incidents, and why nothing is to be corrected, beside what is published.

Drafts that are being written at the upgrade keep what they say; what is published goes back to what the newest
publication says.
"""

from django.db import migrations, models

PUBLISHED = """
    SELECT DISTINCT ON (revision.coe_id) revision.coe_id, revision.content
    FROM coe_revision revision JOIN coe_draftheader ON coe_draftheader.coe_id = revision.coe_id
    WHERE revision.reason = 'published' ORDER BY revision.coe_id, revision.number DESC
"""
APART = f"""
    INSERT INTO coe_draftheader_incidents (draftheader_id, incident_id)
    SELECT header.id, held.incident_id
    FROM coe_draftheader header JOIN coe_coe_incidents held ON held.coe_id = header.coe_id;

    UPDATE coe_draftheader header SET no_actions_because = coe.no_actions_because
    FROM coe_coe coe WHERE coe.id = header.coe_id;

    DELETE FROM coe_coe_incidents held USING ({PUBLISHED}) published
    WHERE held.coe_id = published.coe_id AND NOT published.content -> 'incidents'
        @> jsonb_build_array(jsonb_build_object('id', held.incident_id));

    UPDATE coe_coe coe SET no_actions_because = published.content ->> 'no_actions_because'
    FROM ({PUBLISHED}) published
    WHERE coe.id = published.coe_id AND published.content ->> 'no_actions_because' IS NOT NULL;

    SET CONSTRAINTS ALL IMMEDIATE;
"""
TOGETHER = """
    INSERT INTO coe_coe_incidents (coe_id, incident_id)
    SELECT header.coe_id, held.incident_id
    FROM coe_draftheader header JOIN coe_draftheader_incidents held ON held.draftheader_id = header.id
    ON CONFLICT DO NOTHING;

    UPDATE coe_coe coe SET no_actions_because = header.no_actions_because
    FROM coe_draftheader header WHERE coe.id = header.coe_id;

    SET CONSTRAINTS ALL IMMEDIATE;
"""


class Migration(migrations.Migration):
    dependencies = [("coe", "0019_imports"), ("oncall", "0008_keys_that_open_feeds")]

    operations = [
        migrations.AddField("draftheader", "incidents", models.ManyToManyField("oncall.incident", blank=True, related_name="+")),
        migrations.AddField(
            "draftheader", "no_actions_because", models.CharField(blank=True, db_default="", default="", max_length=300)
        ),
        migrations.RunSQL(APART, TOGETHER),
    ]
