"""Why a sign-in was refused, told for the person who can mend it: signs in an answer, words, an administrator's step.

One module a server: `entra`, `adfs` (token endpoint and pages), `windows`, `crm`, `wire` (what lies in between).
"""
