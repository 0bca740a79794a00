"""Reads a CRM as its inspector and drafts a site's files from what it finds: `crmload init`.

Reading (`apps`, `tables`, `forms`, `views`, `roles`, `people`, all together in `reading`) gives plain `facts`; drafting
makes files of them; `folder` writes those, and never over anybody's work.
"""
