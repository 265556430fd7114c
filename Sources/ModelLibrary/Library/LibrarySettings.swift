public import System

/// Where models live and how they may be fetched, as the environment says.
public struct LibrarySettings: Sendable {
  /// Holds `models`, `downloads` and the name of the default model. Nil where the environment names
  /// no home at all.
  public var home: RawPath?
  /// Asked for downloads before all other addresses: an http, https or file URL of a folder.
  public var mirror: String?
  /// Nothing may be fetched over the network.
  public var isOffline = false
  /// Seconds without a byte after which a server is given up.
  public var patience = 30
  /// The model to use where none is named.
  public var model: RawPath?

  public init(home: RawPath?) {
    self.home = home
  }

  /// `ALEXNET_HOME`, `ALEXNET_MIRROR`, `ALEXNET_OFFLINE` and `ALEXNET_MODEL`. Without the first, the
  /// home is `alexnet` in `XDG_DATA_HOME`, or else in `~/.local/share` (XDG Base Directory
  /// Specification, which has relative paths ignored).
  public static func fromEnvironment() -> LibrarySettings {
    func value(_ name: String) -> RawPath? {
      environmentVariable(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    var home = value("ALEXNET_HOME")
    if home == nil, let data = value("XDG_DATA_HOME"), data.bytes.first == UInt8(ascii: "/") {
      home = data.appending("alexnet")
    }
    if home == nil, let user = value("HOME") {
      home = user.appending(".local").appending("share").appending("alexnet")
    }
    var settings = LibrarySettings(home: home)
    settings.mirror = value("ALEXNET_MIRROR")?.repaired
    settings.isOffline = !["", "0", "false", "no"].contains(
      (value("ALEXNET_OFFLINE")?.repaired ?? "").lowercased())
    settings.model = value("ALEXNET_MODEL")
    return settings
  }
}
