"""The desktop: a QML application that knows the backend only through the contract."""
