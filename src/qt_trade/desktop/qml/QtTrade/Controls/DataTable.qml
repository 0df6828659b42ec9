pragma ComponentBehavior: Bound
import QtQuick
import QtQuick.Templates as T
import Qt.labs.qmlmodels
import QtTrade.Items
import QtTrade.Theme

// A table over one of our table models: header that sorts, rows of one height, one cell per kind.
// `columns` gives each column a fixed `width` or a `weight` of what is left; 0 hides it.
T.Control {
    id: table

    required property var model
    required property list<var> columns
    property int rowHeight: Theme.sizeRowCompact
    property string selectedKey: ""
    property string name: ""
    property alias view: view
    // Moving to a row opens it at once; else Enter does.
    property bool selects: false
    property int pointedRow: 0
    property int currentColumn: 1
    readonly property int currentRow: selects ? Math.max(0, model.rowOf(selectedKey)) : Math.min(pointedRow, model.count - 1)
    signal opened(string key)
    signal removed(string key)
    signal acted(string key)

    readonly property real fixedWidth: columns.reduce((sum, column) => sum + (column.width ?? 0), 0)
    readonly property real weights: columns.reduce((sum, column) => sum + (column.weight ?? 0), 0)
    readonly property real side: Theme.space3
    readonly property int lastShown: columns.reduce((last, column, index) => (column.width ?? column.weight) > 0 ? index : last, 0)
    readonly property real fullHeight: head.height + rule.height + model.count * rowHeight

    function columnWidth(index: int): real {
        const column = columns[index];
        if ((column.width ?? column.weight) <= 0)
            return 0;
        const wide = column.width ?? Math.max(0, width - 2 * side - fixedWidth) * column.weight / weights;
        return wide + (index === 0 ? side : 0) + (index === lastShown ? side : 0);
    }
    function leftPad(index: int): real { return index === 0 ? side : Theme.space3; }
    function rightPad(index: int): real { return index === lastShown ? side : Theme.space1; }
    function inkOf(tone: string, stale: bool): color {
        if (stale && tone !== "warn")
            return tone === "" ? Theme.text2 : Theme.text3;
        return Tones.ink(tone);
    }
    function openRow(row: int): void {
        if (row >= 0 && model.keyAt(row) !== selectedKey)
            opened(model.keyAt(row));
    }
    function move(by: int): void {
        const row = Math.max(0, Math.min(model.count - 1, currentRow + by));
        view.positionViewAtRow(row, TableView.Contain);
        if (selects)
            openRow(row);
        else
            pointedRow = row;
    }
    function moveColumn(by: int): void {
        currentColumn = Math.max(0, Math.min(columns.length - 1, currentColumn + by));
    }
    function leftOf(column: int): real {
        let left = 0;
        for (let i = 0; i < column; ++i)
            left += columnWidth(i);
        return left;
    }

    focusPolicy: Qt.TabFocus
    Accessible.role: Accessible.Table
    Accessible.name: name
    Keys.onUpPressed: move(-1)
    Keys.onDownPressed: move(1)
    Keys.onLeftPressed: moveColumn(-1)
    Keys.onRightPressed: moveColumn(1)
    Keys.onReturnPressed: openRow(currentRow)
    Keys.onDeletePressed: if (model.count > 0) removed(model.keyAt(currentRow))
    Keys.onPressed: event => {
        if (event.key === Qt.Key_I && event.modifiers === Qt.NoModifier && model.count > 0) {
            const cell = view.itemAtIndex(model.index(currentRow, currentColumn));
            if (cell !== null) {
                probe.lieOver(cell);
                Ages.toggle(probe);
            }
            event.accepted = true;
        }
    }
    onCurrentRowChanged: if (Ages.at === probe) Ages.close()
    onCurrentColumnChanged: if (Ages.at === probe) Ages.close()
    onWidthChanged: view.forceLayout()

    ChartInk { id: ink }
    Row {
        id: head
        height: Theme.sizeRowNormal
        Repeater {
            model: table.columns.length
            delegate: Item {
                id: title
                required property int index
                readonly property bool sorted: table.model.sortColumn === index
                width: table.columnWidth(index)
                visible: width > 0
                height: head.height
                objectName: table.objectName + "Head" + index
                Accessible.role: Accessible.ColumnHeader
                Accessible.name: label.text
                Row {
                    anchors.verticalCenter: parent.verticalCenter
                    x: numeric ? parent.width - width - table.rightPad(title.index) : table.leftPad(title.index)
                    readonly property bool numeric: table.model.headerData(title.index, Qt.Horizontal, Qt.UserRole + 5) === true
                    spacing: Theme.space1
                    Icon {
                        anchors.verticalCenter: parent.verticalCenter
                        visible: title.sorted
                        name: table.model.sortDescending ? "down" : "up"
                        color: Theme.text3
                        size: Theme.space2
                    }
                    Txt {
                        id: label
                        text: table.model.headerData(title.index, Qt.Horizontal, Qt.DisplayRole)
                        font: Theme.caption
                        color: title.sorted ? Theme.text1 : Theme.text3
                        Accessible.ignored: true
                    }
                }
                TapHandler { onTapped: table.model.toggleSort(title.index) }
            }
        }
    }
    Rectangle {
        id: rule
        anchors.top: head.bottom
        width: parent.width
        height: Theme.strokeHair
        color: Theme.line
    }
    // From the geometry, because TableView does not always tell that its topRow and bottomRow changed
    // (6.11.3: rows that come into an empty table), and a row that counts as unseen is not repainted.
    Binding { target: table.model; property: "visibleTop"; value: Math.floor(view.contentY / table.rowHeight) }
    Binding { target: table.model; property: "visibleBottom"; value: Math.ceil((view.contentY + table.height) / table.rowHeight) }

    component Cell: Rectangle {
        required property string display
        required property string tone
        required property bool stale
        required property string rowKey
        required property int row
        required property int column
        readonly property color ink: table.inkOf(tone, stale)
        property bool cut: false
        property string hint: cut && table.model.sourceAt(row, column) === "" ? display : ""
        implicitHeight: table.rowHeight
        color: rowKey === table.selectedKey ? Theme.selected
             : hover.containsMouse || view.hoveredRow === row ? Theme.hover : "transparent"
        Accessible.role: Accessible.Cell
        Accessible.name: display
        MouseArea {
            id: hover
            anchors.fill: parent
            hoverEnabled: true
            onContainsMouseChanged: {
                view.hoveredRow = containsMouse ? parent.row : -1;
                view.hint = containsMouse ? parent.hint : "";
                view.hintAt = mapToItem(view, 0, height);
                if (containsMouse)
                    probe.follow(parent);
                else if (probe.over === parent)
                    Ages.leave(probe);
            }
            onClicked: {
                table.forceActiveFocus(Qt.MouseFocusReason);
                table.focusReason = Qt.MouseFocusReason;
                table.opened(parent.rowKey);
            }
        }
    }

    TableView {
        id: view
        property int hoveredRow: -1
        property string hint: ""
        property point hintAt: Qt.point(0, 0)
        anchors { left: parent.left; right: parent.right; top: rule.bottom }
        height: Math.min(contentHeight, Math.floor((table.height - head.height - 1) / table.rowHeight) * table.rowHeight)
        model: table.model
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        onContentYChanged: if (Ages.at === probe) Ages.close()
        T.ScrollBar.vertical: ThinScrollBar {}
        columnWidthProvider: column => table.columnWidth(column)
        rowHeightProvider: () => table.rowHeight
        delegate: DelegateChooser {
            role: "kind"
            DelegateChoice {
                roleValue: "text"
                Cell {
                    id: textCell
                    required property var extra
                    cut: word.truncated
                    Row {
                        x: table.leftPad(textCell.column)
                        width: parent.width - x - table.rightPad(textCell.column)
                        height: parent.height
                        spacing: Theme.space2
                        Txt {
                            id: word
                            height: parent.height
                            width: Math.min(implicitWidth, parent.width)
                            text: textCell.display
                            maximumLineCount: 1
                            font: table.columns[textCell.column].mono ? Theme.mono
                                : textCell.column === 0 && textCell.tone === "" || table.columns[textCell.column].strong ? Theme.title : Theme.body
                            color: textCell.ink
                            Accessible.ignored: true
                        }
                        Txt {
                            height: parent.height
                            width: Math.max(0, parent.width - word.width - parent.spacing)
                            visible: text !== "" && (implicitWidth <= width || width > 4 * Theme.space5)
                            text: textCell.extra ?? ""
                            maximumLineCount: 1
                            font: Theme.caption
                            color: Theme.text3
                            Accessible.ignored: true
                        }
                    }
                }
            }
            DelegateChoice {
                roleValue: "number"
                Cell {
                    id: numberCell
                    Txt {
                        anchors { fill: parent; rightMargin: table.rightPad(numberCell.column) }
                        horizontalAlignment: Text.AlignRight
                        text: numberCell.display
                        font: Theme.number
                        color: numberCell.ink
                        Accessible.ignored: true
                    }
                }
            }
            DelegateChoice {
                roleValue: "named"
                Cell {
                    id: namedCell
                    required property var extra
                    hint: told.visible && told.truncated || !told.visible ? namedCell.extra.words : ""
                    Row {
                        x: table.leftPad(namedCell.column)
                        width: parent.width - x - table.rightPad(namedCell.column)
                        height: parent.height
                        spacing: Theme.space2
                        Txt {
                            id: symbol
                            height: parent.height
                            width: Math.min(parent.width, Math.max(implicitWidth, 48))
                            text: namedCell.display
                            font: Theme.title
                            color: namedCell.ink
                            Accessible.ignored: true
                        }
                        Txt {
                            id: told
                            height: parent.height
                            width: Math.max(0, parent.width - symbol.width - parent.spacing)
                            visible: text !== "" && width > 2 * Theme.space5
                            text: namedCell.extra.words
                            font: Theme.caption
                            color: Tones.ink(namedCell.extra.tone)
                            Accessible.ignored: true
                        }
                    }
                }
            }
            DelegateChoice {
                roleValue: "meter"
                Cell {
                    id: meterCell
                    required property var extra
                    hint: meterCell.extra.hint
                    Row {
                        x: table.leftPad(meterCell.column)
                        width: parent.width - x - table.rightPad(meterCell.column)
                        height: parent.height
                        spacing: Theme.space2
                        Meter {
                            visible: meterCell.extra.share >= 0
                            anchors.verticalCenter: parent.verticalCenter
                            width: Math.max(24, Math.min(64, parent.width * 0.24))
                            value: Math.max(0, meterCell.extra.share)
                            fill: meterCell.stale ? Theme.text3 : meterCell.tone === "warn" ? Theme.warn : Theme.text2
                        }
                        Txt {
                            height: parent.height
                            width: parent.width - x
                            text: meterCell.display
                            font: Theme.caption
                            color: meterCell.ink
                            Accessible.ignored: true
                        }
                    }
                }
            }
            DelegateChoice {
                roleValue: "remove"
                Cell {
                    id: removeCell
                    required property var extra
                    Icon {
                        anchors.centerIn: parent
                        visible: removeCell.extra && (view.hoveredRow === removeCell.row || removeCell.rowKey === table.selectedKey)
                        name: "cross"
                        size: Theme.space3
                        color: out.containsMouse ? Theme.text1 : Theme.text3
                    }
                    MouseArea {
                        id: out
                        objectName: table.objectName + "Remove-" + removeCell.rowKey
                        anchors.fill: parent
                        enabled: removeCell.extra
                        hoverEnabled: true
                        onContainsMouseChanged: view.hoveredRow = containsMouse ? removeCell.row : -1
                        onClicked: table.removed(removeCell.rowKey)
                        Accessible.role: Accessible.Button
                        Accessible.name: "Take " + removeCell.rowKey + " out"
                    }
                }
            }
            DelegateChoice {
                roleValue: "told"
                Cell {
                    id: toldCell
                    required property var extra
                    hint: line.truncated || toldCell.extra !== toldCell.display ? toldCell.extra : ""
                    Txt {
                        id: line
                        x: table.leftPad(toldCell.column)
                        width: parent.width - x - table.rightPad(toldCell.column)
                        height: parent.height
                        text: toldCell.display
                        maximumLineCount: 1
                        color: toldCell.ink
                        Accessible.ignored: true
                    }
                }
            }
            DelegateChoice {
                roleValue: "interval"
                Cell {
                    id: intervalCell
                    required property var extra
                    IntervalCell {
                        anchors { fill: parent; leftMargin: table.leftPad(intervalCell.column); rightMargin: table.rightPad(intervalCell.column) }
                        of: intervalCell.extra
                        tone: intervalCell.tone
                        stale: intervalCell.stale
                    }
                }
            }
            DelegateChoice {
                roleValue: "action"
                Cell {
                    id: actionCell
                    required property var extra
                    ActionButton {
                        objectName: table.objectName + "Act-" + actionCell.rowKey
                        anchors { right: parent.right; rightMargin: table.rightPad(actionCell.column) - Theme.space1; verticalCenter: parent.verticalCenter }
                        visible: text !== ""
                        kind: "link"
                        small: true
                        text: actionCell.display
                        enabled: actionCell.extra.on
                        hint: actionCell.extra.hint
                        onHoveredChanged: view.hoveredRow = hovered ? actionCell.row : -1
                        onClicked: table.acted(actionCell.rowKey)
                    }
                }
            }
            DelegateChoice {
                roleValue: "chip"
                Cell {
                    id: chipCell
                    required property var extra
                    Chip {
                        x: table.leftPad(chipCell.column)
                        anchors.verticalCenter: parent.verticalCenter
                        text: chipCell.display
                        icon: chipCell.extra
                        tone: chipCell.stale ? "faint" : chipCell.tone
                        dashed: chipCell.extra === "question"
                        small: true
                        Accessible.ignored: true
                    }
                }
            }
            DelegateChoice {
                roleValue: "delta"
                Cell {
                    id: deltaCell
                    required property var extra
                    Delta {
                        anchors { right: parent.right; rightMargin: table.rightPad(deltaCell.column); verticalCenter: parent.verticalCenter }
                        text: deltaCell.extra
                        tone: deltaCell.tone
                        stale: deltaCell.stale
                    }
                }
            }
            DelegateChoice {
                roleValue: "prediction"
                Cell {
                    id: predictionCell
                    required property var extra
                    Accessible.description: extra.words
                    PredictionCell {
                        anchors { fill: parent; rightMargin: table.rightPad(predictionCell.column) }
                        move: predictionCell.extra.move
                        confidence: predictionCell.extra.confidence
                        mark: predictionCell.extra.mark
                        tone: predictionCell.tone
                        stale: predictionCell.stale
                    }
                }
            }
            DelegateChoice {
                roleValue: "weight"
                Cell {
                    id: weightCell
                    required property var extra
                    Meter {
                        anchors { right: weight.left; rightMargin: Theme.space2; verticalCenter: parent.verticalCenter }
                        width: 44
                        value: weightCell.extra ?? 0
                        fill: weightCell.stale ? Theme.text3 : value >= 0.8 ? Theme.warn : Theme.text2
                    }
                    Txt {
                        id: weight
                        anchors { right: parent.right; rightMargin: table.rightPad(weightCell.column) }
                        height: parent.height
                        width: 48
                        horizontalAlignment: Text.AlignRight
                        text: weightCell.display
                        font: Theme.number
                        color: weightCell.ink
                        Accessible.ignored: true
                    }
                }
            }
            DelegateChoice {
                roleValue: "spark"
                Cell {
                    id: sparkCell
                    required property var extra
                    Sparkline {
                        anchors { fill: parent; topMargin: 3; bottomMargin: 3; leftMargin: Theme.space2; rightMargin: table.rightPad(sparkCell.column) }
                        points: sparkCell.extra.points
                        reference: sparkCell.extra.reference
                        ink: sparkCell.extra.ink ?? ""
                        room: sparkCell.extra.room ?? 0
                        stale: sparkCell.stale
                        colors: ink
                    }
                }
            }
        }
    }
    Tip {
        parent: view
        visible: text !== ""
        text: view.hint
        x: view.hintAt.x
        y: view.hintAt.y
    }
    // The one pop-up of the table follows the hovered cell, or stands at the current one.
    AgeSource {
        id: probe

        property Item over: null

        function follow(cell: Item): void {
            if (Ages.pinned)
                return;
            if (Ages.at === probe)
                Ages.close();
            lieOver(cell);
            Ages.point(probe);
        }
        function lieOver(cell: Item): void {
            const corner = cell.mapToItem(table, 0, 0);
            x = corner.x;
            y = corner.y;
            width = cell.width;
            height = cell.height;
            over = cell;
        }

        objectName: table.objectName + "Age"
        anchors.fill: undefined
        // Under the cells, which have the pointer.
        z: -1
        enabled: false
        activeFocusOnTab: false
        subject: over === null ? "" : table.model.sourceAt(over.row, over.column)
        value: over === null ? "" : over.display
        name: table.name
    }
    Rectangle {
        visible: table.visualFocus && table.model.count > 0
        x: table.leftOf(table.currentColumn)
        y: view.y + table.currentRow * table.rowHeight - view.contentY
        width: table.columnWidth(table.currentColumn)
        height: table.rowHeight
        color: "transparent"
        border.color: Theme.focus
        border.width: Theme.strokeHair
        radius: Theme.radiusChip
    }
    Rectangle {
        anchors.fill: head
        visible: table.visualFocus
        color: "transparent"
        border.color: Theme.focus
        border.width: Theme.strokeFocus
        radius: Theme.radiusChip
        width: table.width
    }
}
