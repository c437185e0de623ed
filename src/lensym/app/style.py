"""The page's style sheet, for light and dark."""

STYLE = """
.ls-verdict {padding: .8em 1em; border-radius: 8px; background: rgba(99, 102, 241, .12); font-size: 1.05em}
.ls-warn {background: rgba(217, 119, 6, .18)}
.ls-both {display: flex; gap: 1.2em; flex-wrap: wrap}
.ls-bars {flex: 1 1 220px; min-width: 200px}
.ls-bars h4 {margin: .6em 0 .2em}
.ls-faint {opacity: .55}
.ls-row {display: grid; grid-template-columns: 8.6em 1fr 5.2em; gap: .5em; align-items: center; margin: .15em 0}
.ls-row b {text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums}
.ls-row small {display: block; font-weight: normal; opacity: .75}
.ls-bar {background: rgba(128, 128, 128, .25); border-radius: 4px; height: .9em; position: relative}
.ls-bar i {position: absolute; top: 35%; height: 30%; min-width: 3px; background: #d97706}
.ls-bar div {background: #6366f1; border-radius: 4px; height: 100%}
.ls-meaning {font-size: .85em; opacity: .8; margin: .6em 0}
.ls-beside {margin: .6em 0}
.ls-remarks {font-size: .9em; overflow-wrap: anywhere; padding-left: 1.2em}
"""
