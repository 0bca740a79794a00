#!/usr/bin/env bash
# The release gate as a step of a CI job: runs a plan a few times, judges the runs, and tells the CI in its own words.
#
#   gate.sh gate PLAN      run PLAN, compare the runs with the baseline
#   gate.sh night PLAN     run PLAN on the accepted release, add the runs to the baseline
#   gate.sh cleanup        undo what the runs of a cancelled job left in the CRM
#
#   --out FOLDER           of this build alone: run folders in FOLDER/runs, the answer in FOLDER/gate   [crmload-out]
#   --baseline NAME        the baseline to compare with or to add to   [nightly]
#   --baselines FOLDER     where baselines are kept from build to build   [baselines]
#   --runs N               how often PLAN is run; 0: judge the runs that lie in FOLDER/runs   [3]
#   --label TEXT           the build, as the CI calls it
#   --inconclusive HOW     warn: the build goes on with a warning; fail: it stops   [warn]
#   --ci NAME              azure, github or plain   [found by TF_BUILD and GITHUB_ACTIONS]
#
# Exit code: 0 pass, 1 fail; inconclusive: 0 with a warning on Azure DevOps and GitHub, 3 elsewhere and with
# `--inconclusive fail`; anything else is crmload's own (2 configuration, 4 stopped for safety, 5 CRM not reached).
set -uo pipefail

deed=${1:-} plan=
shift
case ${1:-} in '' | --*) ;; *) plan=$1 && shift ;; esac
out=crmload-out baseline=nightly baselines=baselines runs=3 label= inconclusive=warn ci=plain
if [ -n "${TF_BUILD:-}" ]; then ci=azure; elif [ -n "${GITHUB_ACTIONS:-}" ]; then ci=github; fi

usage() { echo "gate.sh: $1" >&2 && sed -n 's/^# \{0,1\}//; 3,14p' "$0" >&2 && exit 2; }

while [ $# -gt 0 ]; do
  [ $# -gt 1 ] || usage "$1 needs a value"
  case $1 in
    --out) out=$2 ;;
    --baseline) baseline=$2 ;;
    --baselines) baselines=$2 ;;
    --runs) runs=$2 ;;
    --label) label=$2 ;;
    --inconclusive) inconclusive=$2 ;;
    --ci) ci=$2 ;;
    *) usage "there is no option $1" ;;
  esac
  shift 2
done
case $runs in '' | *[!0-9]*) usage "--runs $runs is not a number" ;; esac
case $inconclusive in warn | fail) ;; *) usage "--inconclusive is warn or fail, not $inconclusive" ;; esac
case $ci in azure | github | plain) ;; *) usage "--ci is azure, github or plain, not $ci" ;; esac
case $deed in gate | night) [ -n "$plan" ] || usage "$deed needs a plan" ;; esac
mkdir -p "$out/runs" && out=$(cd "$out" && pwd) || exit 2 # a CI wants whole paths

# A cancelled job gets a signal and a few seconds: crmload goes on to remove what its people made. It is a background
# job, so that the shell hears the signal at once; such a job ignores SIGINT, and ends by SIGTERM as by Ctrl-C.
child=
trap '[ -z "$child" ] || { kill -TERM "$child"; wait "$child"; }; exit 130' INT TERM HUP
run() {
  crmload "$@" &
  child=$!
  wait "$child"
  local code=$?
  child=
  return $code
}

say() { # LEVEL TEXT: a warning or an error at the top of the build's page
  case $ci in
    azure) echo "##vso[task.logissue type=$1]$2" ;;
    github) echo "::$1 title=CRM release gate::${2//'%'/%25}" ;;
    plain) echo "$1: $2" >&2 ;;
  esac
}

show() { # FILE: markdown on the build's page
  case $ci in
    azure) echo "##vso[task.uploadsummary]$1" ;;
    github) cat "$1" >>"$GITHUB_STEP_SUMMARY" ;;
    plain) ;;
  esac
}

verdict() { # WORD: for later steps, which may ask for it
  case $ci in
    azure) echo "##vso[task.setvariable variable=verdict;isOutput=true]$1" ;;
    github) echo "verdict=$1" >>"$GITHUB_OUTPUT" ;;
    plain) ;;
  esac
}

broken() { # CODE WHAT: no verdict was reached
  verdict none
  say error "$2 ended with exit code $1: its last lines say why and what to do"
  exit "$1"
}

run_plan() {
  if [ "$runs" -gt 0 ] && [ -n "$(ls -A "$out/runs")" ]; then
    usage "$out/runs holds the runs of another build: take another --out, or judge them with --runs 0"
  fi
  local number code
  for ((number = 1; number <= runs; number++)); do
    echo "run $number of $runs"
    run run "$plan" --results "$out/runs"
    code=$?
    # Failed (1) and inconclusive (3) runs are evidence too: the gate counts what each is worth by itself.
    case $code in 0 | 1 | 3) ;; *) broken $code "crmload run" ;; esac
  done
}

case $deed in
  gate)
    # Twenty minutes of load for a baseline that is not there would be for nothing.
    run baseline show "$baseline" --baselines "$baselines" >/dev/null || broken $? "crmload baseline show"
    run_plan
    summary=$out/gate/gate-summary.md
    rm -f "$summary"
    run gate "$out"/runs/*/ --baseline "$baseline" --baselines "$baselines" --label "$label" --out "$out/gate"
    code=$?
    case $code in 0 | 1 | 3) ;; *) broken $code "crmload gate" ;; esac
    [ -f "$summary" ] || broken 3 "crmload gate"
    sentence=$(sed -n '1s/^## //p' "$summary")
    show "$summary"
    case $code in
      0) verdict pass ;;
      1) verdict fail && say error "$sentence" ;;
      3)
        verdict inconclusive
        if [ "$inconclusive" = fail ]; then
          say error "$sentence"
        else
          say warning "$sentence"
          [ $ci = plain ] || code=0
          [ $ci != azure ] || echo "##vso[task.complete result=SucceededWithIssues;]$sentence"
        fi
        ;;
    esac
    exit $code
    ;;
  night)
    run_plan
    run baseline add "$baseline" "$out"/runs/*/ --baselines "$baselines" --label "$label" ||
      broken $? "crmload baseline add"
    mkdir -p "$out/gate"
    run history --baseline "$baseline" --baselines "$baselines" --out "$out/gate" >"$out/gate/history.txt" ||
      broken $? "crmload history"
    printf '## Night stored\n\n```text\n%s\n```\n' "$(cat "$out/gate/history.txt")" >"$out/gate/gate-summary.md"
    show "$out/gate/gate-summary.md"
    ;;
  cleanup)
    code=0
    for folder in "$out"/runs/*/; do
      [ ! -f "$folder/run.json" ] || run cleanup "$folder" --wait || code=$?
    done
    exit $code
    ;;
  *) usage "the first word is gate, night or cleanup" ;;
esac
