import QtTrade.Items
import QtTrade.Theme

// The theme's colours for the painted charts.
ChartColors {
    panel: Theme.panel
    raised: Theme.raised
    grid: Theme.grid
    line: Theme.line
    lineStrong: Theme.lineStrong
    text1: Theme.text1
    text2: Theme.text2
    text3: Theme.text3
    textOff: Theme.textOff
    accent: Theme.accent
    accentFill: Theme.accentFill
    textOnFill: Theme.textOnFill
    gain: Theme.gain
    loss: Theme.loss
    warn: Theme.warn
    series1: Theme.series1
    series2: Theme.series2
    series3: Theme.series3
    series4: Theme.series4
}
