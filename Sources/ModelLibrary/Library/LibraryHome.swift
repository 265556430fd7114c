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

  /// Letters, digits, dots, hyphens and underlines, a letter or digit first: safe in paths and on
  /// command lines.
  static func isValid(name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "._-".utf8.contains(byte)
    }
    guard isPlain, let first = name.utf8.first else { return false }
    return name.utf8.count <= 64 && !"._-".utf8.contains(first) && name != StarterModel.name
  }

  /// Whether an argument reads like a model's name rather than a file's: without slash and dot.
  static func couldBe(name: String) -> Bool {
    !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(UInt8(ascii: "."))
  }

  /// The name in the file `default`; nil where there is none.
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
    guard (try? FileStatus(of: defaultFile)) != nil else { return }
    try removeFile(defaultFile)
  }

  private var defaultFile: RawPath { root.appending("default") }

  /// The names of all model files, sorted.
  var modelNames: [String] {
    let walk = DirectoryWalk(models, extensions: [String(Self.fileExtension.dropFirst())])
    var names: [String] = []
    while let entry = walk.next() {
      guard case .file(let path) = entry, path.parent == models else { continue }
      let file = String(decoding: path.lastComponent, as: UTF8.self)
      let name = String(file.dropLast(Self.fileExtension.count))
      if file.hasSuffix(Self.fileExtension), Self.isValid(name: name) { names.append(name) }
    }
    return names.sorted()
  }
}
