<#
.SYNOPSIS
The release gate as a step of a CI job: runs a plan a few times, judges the runs, and tells the CI in its own words.

.DESCRIPTION
The same as gate.sh, for Windows PowerShell 5.1 and PowerShell 7.

  gate.ps1 gate PLAN     run PLAN, compare the runs with the baseline
  gate.ps1 night PLAN    run PLAN on the accepted release, add the runs to the baseline
  gate.ps1 cleanup       undo what the runs of a cancelled job left in the CRM

Exit code: 0 pass, 1 fail; inconclusive: 0 with a warning on Azure DevOps and GitHub, 3 elsewhere and with
-Inconclusive fail; anything else is crmload's own (2 configuration, 4 stopped for safety, 5 CRM not reached).
#>
param(
    [Parameter(Mandatory = $true, Position = 0)][ValidateSet('gate', 'night', 'cleanup')][string]$Deed,
    [Parameter(Position = 1)][string]$Plan = '',
    # Of this build alone: run folders in Out\runs, the answer in Out\gate.
    [string]$Out = 'crmload-out',
    # The baseline to compare with or to add to, and where baselines are kept from build to build.
    [string]$Baseline = 'nightly',
    [string]$Baselines = 'baselines',
    # How often the plan is run; 0: judge the runs that lie in Out\runs.
    [ValidateRange(0, 99)][int]$Runs = 3,
    # The build, as the CI calls it.
    [string]$Label = '',
    # warn: the build goes on with a warning; fail: it stops.
    [ValidateSet('warn', 'fail')][string]$Inconclusive = 'warn',
    [ValidateSet('azure', 'github', 'plain')][string]$Ci = $(
        if ($env:TF_BUILD) { 'azure' } elseif ($env:GITHUB_ACTIONS) { 'github' } else { 'plain' }
    )
)
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false # exit codes are answers here, not accidents
$env:PYTHONUTF8 = '1' # a Windows code page knows no check mark
try { [Console]::OutputEncoding = New-Object System.Text.UTF8Encoding $false }
catch { Write-Verbose 'an agent that runs as a service has no console; it reads UTF-8 already' }

# A CI wants whole paths.
New-Item -ItemType Directory -Force -Path (Join-Path $Out 'runs') | Out-Null
$Out = (Resolve-Path $Out).Path
$RunFolder = Join-Path $Out 'runs'
$Summary = Join-Path (Join-Path $Out 'gate') 'gate-summary.md'

function Add-Line([string]$File, [string]$Text) {
    # No byte order mark: GitHub would take it for part of the first word.
    [System.IO.File]::AppendAllText($File, $Text, (New-Object System.Text.UTF8Encoding $false))
}

function Say([string]$Level, [string]$Text) {
    switch ($Ci) {
        'azure' { Write-Host "##vso[task.logissue type=$Level]$Text" }
        'github' { Write-Host "::$Level title=CRM release gate::$($Text.Replace('%', '%25'))" }
        'plain' { [Console]::Error.WriteLine("${Level}: $Text") }
    }
}

function Show-Summary {
    switch ($Ci) {
        'azure' { Write-Host "##vso[task.uploadsummary]$Summary" }
        'github' { Add-Line $env:GITHUB_STEP_SUMMARY ([System.IO.File]::ReadAllText($Summary)) }
    }
}

function Set-Verdict([string]$Word) {
    switch ($Ci) {
        'azure' { Write-Host "##vso[task.setvariable variable=verdict;isOutput=true]$Word" }
        'github' { Add-Line $env:GITHUB_OUTPUT "verdict=$Word`n" }
    }
}

function Stop-Broken([int]$Code, [string]$What) {
    Set-Verdict 'none'
    Say 'error' "$What ended with exit code ${Code}: its last lines say why and what to do"
    exit $Code
}

function Stop-Usage([string]$Text) {
    [Console]::Error.WriteLine("gate.ps1: $Text")
    exit 2
}

function Get-RunFolders {
    Get-ChildItem -Directory $RunFolder | Sort-Object Name | ForEach-Object { $_.FullName }
}

function Invoke-Plan {
    if ($Runs -gt 0 -and @(Get-RunFolders).Count -gt 0) {
        Stop-Usage "$RunFolder holds the runs of another build: take another -Out, or judge them with -Runs 0"
    }
    for ($number = 1; $number -le $Runs; $number++) {
        Write-Host "run $number of $Runs"
        & crmload run $Plan --results $RunFolder | Out-Host
        # Failed (1) and inconclusive (3) runs are evidence too: the gate counts what each is worth by itself.
        if ($LASTEXITCODE -notin 0, 1, 3) { Stop-Broken $LASTEXITCODE 'crmload run' }
    }
}

if ($Deed -ne 'cleanup' -and -not $Plan) { Stop-Usage "$Deed needs a plan" }

# Windows PowerShell drops an empty argument on its way to a program.
$Labelled = @(if ($Label) { '--label'; $Label })

switch ($Deed) {
    'gate' {
        # Twenty minutes of load for a baseline that is not there would be for nothing.
        & crmload baseline show $Baseline --baselines $Baselines | Out-Null
        if ($LASTEXITCODE -ne 0) { Stop-Broken $LASTEXITCODE 'crmload baseline show' }
        Invoke-Plan
        $folders = @(Get-RunFolders)
        if (Test-Path $Summary) { Remove-Item $Summary }
        & crmload gate @folders --baseline $Baseline --baselines $Baselines @Labelled --out (Split-Path $Summary) | Out-Host
        $code = $LASTEXITCODE
        if ($code -notin 0, 1, 3) { Stop-Broken $code 'crmload gate' }
        if (-not (Test-Path $Summary)) { Stop-Broken 3 'crmload gate' }
        $sentence = ([System.IO.File]::ReadAllLines($Summary)[0]) -replace '^## ', ''
        Show-Summary
        switch ($code) {
            0 { Set-Verdict 'pass' }
            1 { Set-Verdict 'fail'; Say 'error' $sentence }
            3 {
                Set-Verdict 'inconclusive'
                if ($Inconclusive -eq 'fail') {
                    Say 'error' $sentence
                }
                else {
                    Say 'warning' $sentence
                    if ($Ci -ne 'plain') { $code = 0 }
                    if ($Ci -eq 'azure') { Write-Host "##vso[task.complete result=SucceededWithIssues;]$sentence" }
                }
            }
        }
        exit $code
    }
    'night' {
        Invoke-Plan
        $folders = @(Get-RunFolders)
        & crmload baseline add $Baseline @folders --baselines $Baselines @Labelled | Out-Host
        if ($LASTEXITCODE -ne 0) { Stop-Broken $LASTEXITCODE 'crmload baseline add' }
        New-Item -ItemType Directory -Force -Path (Join-Path $Out 'gate') | Out-Null
        $told = (& crmload history --baseline $Baseline --baselines $Baselines --out (Split-Path $Summary)) -join "`n"
        if ($LASTEXITCODE -ne 0) { Stop-Broken $LASTEXITCODE 'crmload history' }
        $fence = '```'
        [System.IO.File]::WriteAllText($Summary, "## Night stored`n`n${fence}text`n$told`n$fence`n")
        Show-Summary
        exit 0
    }
    'cleanup' {
        $code = 0
        foreach ($folder in Get-RunFolders) {
            if (Test-Path (Join-Path $folder 'run.json')) {
                & crmload cleanup $folder --wait | Out-Host
                if ($LASTEXITCODE -ne 0) { $code = $LASTEXITCODE }
            }
        }
        exit $code
    }
}
