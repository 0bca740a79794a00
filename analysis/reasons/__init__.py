"""Why a verdict is what it is: one file per group of the rule, each reason with its owner and next step."""
