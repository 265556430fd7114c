import ModelLibrary
import System

/// A file or a folder that a command reads.
struct ReadFile {
  let path: RawPath
  /// What messages call it, such as "the index".
  let name: String
  /// Whether it is what the command is about, and not something beside it.
  var isInput = false

  init(_ path: RawPath, _ name: String) {
    self.path = path
    self.name = name
  }

  /// A photo, a folder of photos, or an archive.
  static func input(_ path: RawPath) -> ReadFile {
    let isArchive = ["tar", "tgz", "gz"].contains(path.lowercasedExtension)
    var file = ReadFile(path, isArchive ? "the archive" : "the photo")
    file.isInput = true
    return file
  }

  /// What an option names; empty without it, and for standard input.
  static func option(_ argument: String?, _ name: String) -> [ReadFile] {
    guard let argument, argument != "-" else { return [] }
    return [ReadFile(RawPath(argument: argument), name)]
  }

  /// The file of a model; empty for the built-in one.
  ///
  /// - Parameter argument: a name or a path; nil for the default model.
  static func model(_ argument: String?) -> [ReadFile] {
    ModelLibrary().file(of: argument.map(RawPath.init(argument:))).map {
      [ReadFile($0, "the model")]
    } ?? []
  }
}

extension InputOptions {
  var readFiles: [ReadFile] {
    paths.map(ReadFile.input) + filesFrom.flatMap { ReadFile.option($0, "the list of inputs") }
  }
}

extension ModelOptions {
  var readFiles: [ReadFile] { ReadFile.model(model) }
}

extension ModelDescriptionOptions {
  var readFiles: [ReadFile] {
    ReadFile.option(labels, "the labels") + ReadFile.option(preprocess, "the preprocessing")
  }
}

extension GroundTruthOptions {
  var readFiles: [ReadFile] {
    ReadFile.option(groundTruth, "the list of classes") + ReadFile.option(map, "the map of names")
  }
}
