"""Roll-outs: when each hub gets what git says it should be, cohort by cohort, probed, and taken back by itself."""
