import System

/// The folder of a user's models.
struct LibraryHome {
  let root: RawPath

  var models: RawPath { root.appending("models") }
  var downloads: RawPath { root.appending("downloads") }

  func modelFile(_ name: String) -> RawPath {
    models.appending(name + Self.fileExtension)
  }

  static let fileExtension = ".safetensors"

  /// Whether a model may have this name. Names consist of letters, digits, dots, hyphens and
  /// underscores, and begin with a letter or a digit, so that they are safe in paths and on command
  /// lines.
  static func isValid(name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "._-".utf8.contains(byte)
    }
    guard isPlain, let first = name.utf8.first else { return false }
    return name.utf8.count <= 64 && !"._-".utf8.contains(first) && name != StarterModel.name
  }

  /// Whether an argument looks like the name of a model rather than of a file: it has neither a
  /// slash nor a dot.
  static func couldBe(name: String) -> Bool {
    !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(UInt8(ascii: "."))
  }

  /// The name in the file `default`. It is nil if there is no such file, if the file cannot be
  /// read, and if it does not hold the name of a model; then no default is set.
  var defaultName: String? {
    guard let bytes = try? readFile(defaultFile, limit: 1 << 10) else { return nil }
    let line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    let name = String(decoding: line, as: UTF8.self)
    return Self.isValid(name: name) || name == StarterModel.name ? name : nil
  }

  func setDefault(_ name: String) throws(SystemError) {
    try makeFolder(root)
    let file = try AtomicFile(defaultFile)
    try file.write(name + "\n")
    try file.commit()
  }

  func unsetDefault() throws(SystemError) {
    do {
      try removeFile(defaultFile)
    } catch  where error.isNotFound {
      // No default was set.
    }
  }

  private var defaultFile: RawPath { root.appending("default") }

  /// The names of all model files, sorted.
  var modelNames: [String] {
    let listing = try? FolderListing(
      of: models, extensions: [String(Self.fileExtension.dropFirst())])
    var names: [String] = []
    for path in listing?.files ?? [] {
      let file = String(decoding: path.bytes, as: UTF8.self)
      let name = String(file.dropLast(Self.fileExtension.count))
      if file.hasSuffix(Self.fileExtension), Self.isValid(name: name) { names.append(name) }
    }
    return names.sorted()
  }
}
