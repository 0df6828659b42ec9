pragma Singleton
import QtQuick
import QtTrade.Theme

// Words of the view models to colours: one place, so that stale values grey everywhere alike.
QtObject {
    function ink(tone: string): color {
        switch (tone) {
        case "gain": return Theme.gain;
        case "loss": return Theme.loss;
        case "ok": return Theme.ok;
        case "warn": return Theme.warn;
        case "crit": return Theme.crit;
        case "accent": return Theme.accent;
        case "muted": return Theme.text2;
        case "faint": return Theme.text3;
        case "off": return Theme.textOff;
        default: return Theme.text1;
        }
    }
    function soft(tone: string): color {
        switch (tone) {
        case "gain": case "ok": return Theme.gainSoft;
        case "loss": return Theme.lossSoft;
        case "warn": return Theme.warnSoft;
        case "crit": return Theme.critSoft;
        case "accent": return Theme.accentSoft;
        default: return Theme.raised;
        }
    }
}
