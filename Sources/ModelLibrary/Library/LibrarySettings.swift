public import System

/// Where models are and how they may be fetched.
public struct LibrarySettings: Sendable {
  /// The folder with `models`, `downloads` and the name of the default model; nil if the
  /// environment names none.
  public var home: RawPath?
  /// The http, https or file URL of a folder that is tried before a model's own addresses.
  public var mirror: String?
  /// Whether fetching over the network is forbidden.
  public var isOffline = false
  /// How many seconds may pass without a byte from a server before it is given up.
  public var patience = 30
  /// The model to use if none is named.
  public var model: RawPath?

  public init(home: RawPath?) {
    self.home = home
  }

  /// Reads `ALEXNET_HOME`, `ALEXNET_MIRROR`, `ALEXNET_OFFLINE` and `ALEXNET_MODEL`. Without the
  /// first, the home is `alexnet` in `XDG_DATA_HOME`, or else in `~/.local/share`. A relative path
  /// in `XDG_DATA_HOME` is ignored, as the XDG Base Directory Specification demands.
  public static func fromEnvironment() -> LibrarySettings {
    func value(_ name: String) -> RawPath? {
      environmentVariable(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    var home = value("ALEXNET_HOME")
    if home == nil, let data = value("XDG_DATA_HOME"), data.isAbsolute {
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
