pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Layouts
import QtTrade.Theme
import QtTrade.Controls

// The Redis this desk speaks to. A password is written here and never read back.
Card {
    id: card

    required property var desk
    readonly property var view: desk.connection
    readonly property var form: desk.connectionForm

    objectName: "connectionCard"
    title: "Connection"
    implicitHeight: content.implicitHeight + Theme.sizeControl + 2 * Theme.space4
    tools: Chip {
        objectName: "connectionState"
        text: card.view.state
        icon: card.view.stateIcon
        tone: card.view.stateTone
        dashed: icon === "question"
    }

    ColumnLayout {
        id: content
        x: Theme.space3
        y: Theme.space3
        width: parent.width - 2 * Theme.space3
        spacing: Theme.space3

        Note {
            objectName: "connectionGuide"
            Layout.fillWidth: true
            visible: card.view.guide !== ""
            tone: "faint"
            text: card.view.guide
        }
        FormField {
            Layout.fillWidth: true
            label: "Redis address"
            fieldName: "connectionAddress"
            hint: "redis://host:6379/0"
            text: card.view.address
            error: card.view.errorField === "address" ? card.view.error : ""
            onEdited: text => card.form.edit("address", text)
        }
        Txt {
            objectName: "connectionError"
            Layout.fillWidth: true
            Layout.topMargin: -Theme.space2
            visible: text !== ""
            text: card.view.error
            font: Theme.caption
            color: Theme.crit
            wrapMode: Text.WordWrap
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space3
            FormField {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                Layout.alignment: Qt.AlignTop
                label: "User"
                fieldName: "connectionUser"
                hint: "trader"
                text: card.view.user
                onEdited: text => card.form.edit("user", text)
            }
            FormField {
                id: password
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                Layout.alignment: Qt.AlignTop
                label: "Password"
                fieldName: "connectionPassword"
                secret: true
                iconName: "lock"
                hint: card.view.passwordWords
                onEdited: text => card.form.typePassword(text)
            }
            Connections {
                target: card.view
                function onPasswordTypedChanged(): void {
                    if (!card.view.passwordTyped)
                        password.text = "";
                }
            }
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space3
            ColumnLayout {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                spacing: Theme.space1
                Txt { text: "TLS"; font: Theme.label; color: Theme.text2; Accessible.ignored: true }
                Segmented {
                    objectName: "connectionTls"
                    name: "TLS"
                    Layout.fillWidth: true
                    Layout.preferredHeight: Theme.sizeControl
                    fill: true
                    options: ["Off", "Required", "Own CA"]
                    index: card.view.tls
                    onPicked: index => card.form.chooseTls(index)
                }
            }
            FormField {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                label: "CA file"
                fieldName: "connectionCa"
                hint: enabled ? "/path/of/home-ca.pem" : "for an own CA alone"
                enabled: card.view.tls === 2
                text: card.view.caFile
                onEdited: text => card.form.edit("ca_file", text)
            }
        }
        Note {
            objectName: "connectionFound"
            Layout.fillWidth: true
            visible: card.view.found !== ""
            tone: "faint"
            text: card.view.found
        }
        Note {
            objectName: "connectionOutcome"
            Layout.fillWidth: true
            visible: card.view.outcome !== ""
            tone: card.view.outcomeTone
            text: card.view.outcome
        }
        RowLayout {
            Layout.fillWidth: true
            spacing: Theme.space2
            ActionButton {
                objectName: "testConnection"
                text: "Test connection"
                enabled: !card.view.testing
                onClicked: card.form.test()
            }
            Txt {
                objectName: "connectionSummary"
                Layout.fillWidth: true
                text: card.view.testing ? "Testing" : card.view.summary
                font: Theme.caption
                color: Theme.text2
                wrapMode: Text.WordWrap
                maximumLineCount: 2
            }
            ActionButton {
                objectName: "discardConnection"
                text: "Discard"
                visible: card.view.changed
                enabled: !card.view.testing
                onClicked: card.form.discard()
            }
            ActionButton {
                objectName: "saveConnection"
                kind: "primary"
                text: card.view.saving ? "Saving" : "Save"
                enabled: card.view.changed && !card.view.testing
                hint: card.view.changed ? "" : "Nothing is changed"
                onClicked: card.form.save()
            }
        }
    }
}
