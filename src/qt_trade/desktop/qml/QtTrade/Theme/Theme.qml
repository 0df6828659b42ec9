// Written from tokens.json by `python -m qt_trade.desktop.theme`; change the tokens, not this file.
pragma Singleton
import QtQuick

QtObject {
    property bool dark: true
    property bool reducedMotion: false

    readonly property color app: dark ? "#0D1015" : "#F1F3F6"
    readonly property color panel: dark ? "#14181F" : "#FFFFFF"
    readonly property color raised: dark ? "#1B2129" : "#F6F8FA"
    readonly property color inset: dark ? "#0F1319" : "#FAFBFC"
    readonly property color hover: dark ? "#1F2630" : "#EEF2F6"
    readonly property color selected: dark ? "#17263D" : "#E3EDFB"
    readonly property color line: dark ? "#232A34" : "#E0E5EB"
    readonly property color lineStrong: dark ? "#3A4554" : "#BCC6D2"
    readonly property color control: dark ? "#66758A" : "#7E8B9B"
    readonly property color grid: dark ? "#1C222B" : "#EDF0F4"
    readonly property color text1: dark ? "#E9EDF2" : "#131922"
    readonly property color text2: dark ? "#A9B4C2" : "#445062"
    readonly property color text3: dark ? "#8490A0" : "#5F6B7B"
    readonly property color textOff: dark ? "#566170" : "#98A3B1"
    readonly property color textOnFill: dark ? "#FFFFFF" : "#FFFFFF"
    readonly property color accent: dark ? "#63A1F8" : "#1B5FC8"
    readonly property color accentFill: dark ? "#2B68CC" : "#1B5FC8"
    readonly property color accentFillHover: dark ? "#3576E0" : "#164FA8"
    readonly property color accentSoft: dark ? "#15253D" : "#E3EDFB"
    readonly property color focus: dark ? "#8CBBFF" : "#1B5FC8"
    readonly property color gain: dark ? "#3EC7B2" : "#00776A"
    readonly property color gainSoft: dark ? "#10302D" : "#DDF2EF"
    readonly property color loss: dark ? "#F58261" : "#BC4119"
    readonly property color lossSoft: dark ? "#3A1F19" : "#FBE6DE"
    readonly property color warn: dark ? "#E6C14A" : "#806000"
    readonly property color warnSoft: dark ? "#332B12" : "#FBF1CF"
    readonly property color crit: dark ? "#FF6B73" : "#BE1E2D"
    readonly property color critFill: dark ? "#C2283A" : "#BE1E2D"
    readonly property color critSoft: dark ? "#3B171C" : "#FBE3E5"
    readonly property color ok: dark ? "#3EC7B2" : "#00776A"
    readonly property color live: dark ? "#F277BE" : "#A3196B"
    readonly property color liveFill: dark ? "#A81F73" : "#A3196B"
    readonly property color paper: dark ? "#A9B4C2" : "#445062"
    readonly property color series1: dark ? "#63A1F8" : "#1B5FC8"
    readonly property color series2: dark ? "#A9B4C2" : "#5F6B7B"
    readonly property color series3: dark ? "#E6C14A" : "#9A7400"
    readonly property color series4: dark ? "#B79CF2" : "#6B4BC0"
    readonly property color scrim: dark ? "#9E05070A" : "#61141A22"
    readonly property color shadow: dark ? "#80000000" : "#29141A22"

    readonly property string familyUi: "Inter"
    readonly property string familyMono: "JetBrains Mono"
    readonly property font caption: Qt.font({ family: familyUi, pixelSize: 11, weight: 400, features: { "tnum": 1, "cv05": 1 } })
    readonly property int captionLine: 16
    readonly property font label: Qt.font({ family: familyUi, pixelSize: 12, weight: 500, features: { "tnum": 1, "cv05": 1 } })
    readonly property int labelLine: 16
    readonly property font body: Qt.font({ family: familyUi, pixelSize: 13, weight: 400, features: { "tnum": 1, "cv05": 1 } })
    readonly property int bodyLine: 20
    readonly property font number: Qt.font({ family: familyUi, pixelSize: 13, weight: 500, features: { "tnum": 1, "cv05": 1 } })
    readonly property int numberLine: 20
    readonly property font title: Qt.font({ family: familyUi, pixelSize: 13, weight: 600, features: { "tnum": 1, "cv05": 1 } })
    readonly property int titleLine: 20
    readonly property font page: Qt.font({ family: familyUi, pixelSize: 18, weight: 600, features: { "tnum": 1, "cv05": 1 } })
    readonly property int pageLine: 24
    readonly property font figure: Qt.font({ family: familyUi, pixelSize: 20, weight: 600, features: { "tnum": 1, "cv05": 1 } })
    readonly property int figureLine: 24
    readonly property font hero: Qt.font({ family: familyUi, pixelSize: 30, weight: 600, features: { "tnum": 1, "cv05": 1 } })
    readonly property int heroLine: 36
    readonly property font mono: Qt.font({ family: familyMono, pixelSize: 11 })

    readonly property int space0: 0
    readonly property int space1: 4
    readonly property int space2: 8
    readonly property int space3: 12
    readonly property int space4: 16
    readonly property int space5: 24
    readonly property int space6: 32
    readonly property int space7: 48

    readonly property int radiusChip: 4
    readonly property int radiusControl: 5
    readonly property int radiusCard: 8
    readonly property int radiusDialog: 10
    readonly property int radiusPill: 999

    readonly property int strokeHair: 1
    readonly property int strokeFocus: 2
    readonly property real strokeChartLine: 1.5
    readonly property int strokeChartEmphasis: 2

    readonly property int sizeHeader: 56
    readonly property int sizeNav: 176
    readonly property int sizeNavCollapsed: 56
    readonly property int sizeStatus: 26
    readonly property int sizeBanner: 48
    readonly property int sizeControl: 32
    readonly property int sizeControlSmall: 26
    readonly property int sizeIcon: 18
    readonly property int sizeHitMin: 26
    readonly property int sizePanicWidth: 148
    readonly property int sizeRowCompact: 24
    readonly property int sizeRowNormal: 28
    readonly property int sizeRowComfortable: 34

    readonly property int durationInstant: 0
    readonly property int durationFast: reducedMotion ? 0 : 90
    readonly property int durationNormal: reducedMotion ? 0 : 160
    readonly property int durationSlow: reducedMotion ? 0 : 240
    readonly property int durationValueFlash: reducedMotion ? 0 : 350
    readonly property int durationHoldToConfirm: 1500
    readonly property int durationToast: 6000
    readonly property int durationUndo: 8000
}
