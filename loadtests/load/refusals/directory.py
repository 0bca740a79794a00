"""Active Directory does not tell a stranger what is wrong with an account; these words tell its administrator."""

SEVERAL_CAUSES = (
    "a wrong user name or password, an account that is locked or disabled, or a password that has expired or must be "
    "changed: the server gives one answer to all of them"
)
TELL_APART = (
    "do not try again first (wrong passwords lock accounts); ask Active Directory in PowerShell: `{ad} -Properties "
    "LockedOut,PasswordExpired,Enabled | fl LockedOut,PasswordExpired,Enabled`. LockedOut True: `{ad} | "
    "Unlock-ADAccount`. PasswordExpired True (also: must change at next logon): `{ad} | Set-ADAccountPassword "
    "-Reset`, "
    "and the new password behind {secret}. Enabled False: `{ad} | Enable-ADAccount`. Nothing found: mend the user "
    "name. "
    "All well: the password behind {secret} is the wrong one"
)
NEW_PASSWORD = (
    "set a new password in PowerShell: `{ad} | Set-ADAccountPassword -Reset`, then `{ad} | Set-ADUser "
    "-ChangePasswordAtLogon $false` (for test accounts also -PasswordNeverExpires $true), and write it behind {secret}"
)
