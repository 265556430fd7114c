public import System

/// Why the classes of a set of images are not known.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
  case unreadable(SystemError)
  case notAFolder(RawPath)
  /// A folder with neither images nor folders in it.
  case emptyFolder(RawPath)
  /// There are images, but no folder that could say what they show.
  case noClassFolders(RawPath, images: Int)
  /// Names of folders, or of classes in a list, that the model does not know.
  case unknownClasses(names: [String], where: RawPath)
  /// A label that several classes of the model have, and their WordNet ids.
  case ambiguousClass(name: String, wnids: [String])
  /// A line of a list, from 1.
  case badLine(RawPath, line: Int, problem: String)
  case emptyList(RawPath)
  /// A list of classes alone goes with the images one by one.
  case countMismatch(list: RawPath, lines: Int, images: Int)

  /// The most names that a message spells out.
  private static let namesShown = 10

  /// Whether a file or folder is missing, as opposed to having the wrong content.
  public var isMissing: Bool {
    switch self {
    case .unreadable, .notAFolder, .emptyFolder: true
    default: false
    }
  }

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .notAFolder(let path): "\(path) is not a folder"
    case .emptyFolder(let path): "there is no image in \(path)"
    case .noClassFolders(let path, let images):
      "\(path) holds \(images) images and no folders, so nothing says what they show"
    case .unknownClasses(let names, let place):
      "\(names.count == 1 ? "a name" : "\(names.count) names") in \(place) "
        + "\(names.count == 1 ? "is" : "are") no class of the model: "
        + names.prefix(Self.namesShown).joined(separator: ", ")
        + (names.count > Self.namesShown ? " and \(names.count - Self.namesShown) more" : "")
    case .ambiguousClass(let name, let wnids):
      "'\(name)' is the label of \(wnids.count) classes of the model: "
        + wnids.joined(separator: ", ")
    case .badLine(let path, let line, let problem): "\(path), line \(line): \(problem)"
    case .emptyList(let path): "there is no line in \(path)"
    case .countMismatch(let list, let lines, let images):
      "\(list) has \(lines) classes, one a line, and there are \(images) images"
    }
  }

  /// What to do about it.
  public var advice: String? {
    switch self {
    case .noClassFolders:
      "put the images of each class into a folder named after it, or list them with --ground-truth"
    case .unknownClasses:
      "names are WordNet ids or labels of the model; name the model that has these classes with "
        + "--model, or leave them out with --skip-unknown"
    case .ambiguousClass: "use the WordNet id instead"
    case .badLine:
      "a line is 'name index', 'name class', or a class alone in the sorted order of the files"
    case .countMismatch: "write the names of the images into the list, too: 'name class'"
    case .unreadable, .notAFolder, .emptyFolder, .emptyList: nil
    }
  }
}
