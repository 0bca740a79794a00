"""Active Directory does not tell a stranger what is wrong with an account; these words tell its administrator."""

SEVERAL_CAUSES = (
    "gives one answer to a wrong user name or password and to an account that is locked, disabled or has an expired "
    "password"
)
TELL_APART = (
    "do not try again (wrong passwords lock accounts), ask Active Directory which it is, in PowerShell: `$u = {ad} "
    "-Properties LockedOut,PasswordExpired; $u | fl Enabled,LockedOut,PasswordExpired`. LockedOut: `$u | "
    "Unlock-ADAccount`. PasswordExpired (also: must change at next logon): `$u | Set-ADAccountPassword -Reset`, and "
    "write "
    "the new one behind {secret}. Not Enabled: `$u | Enable-ADAccount`. Nobody found: the user name is wrong. All "
    "well: "
    "the password behind {secret} is wrong."
)
NEW_PASSWORD = (
    "set a new password in PowerShell: `$u = {ad}; $u | Set-ADAccountPassword -Reset; $u | Set-ADUser "
    "-ChangePasswordAtLogon $false` (test accounts: also -PasswordNeverExpires $true), and write it behind {secret}"
)
