public import System

/// Why the right classes of a set of images could not be found out.
public enum EvaluationError: Error, Equatable, CustomStringConvertible {
  case unreadable(SystemError)
  case notAFolder(RawPath)
  /// The folder contains neither images nor folders.
  case emptyFolder(RawPath)
  /// The folder contains images but no folders, whose names would be the classes.
  case noClassFolders(RawPath, images: Int)
  /// Names of folders, or of classes in a list, that are not classes of the model.
  case unknownClasses(names: [String], where: RawPath)
  /// Several classes of the model have this label. The error has their WordNet ids.
  case ambiguousClass(name: String, wnids: [String])
  /// A line of a list cannot be read. Lines are counted from 1.
  case badLine(RawPath, line: Int, problem: String)
  case emptyList(RawPath)
  /// The list contains classes without names of images, and their number is not that of the images.
  case countMismatch(list: RawPath, lines: Int, images: Int)

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .notAFolder(let path): "\(path) is not a folder"
    case .emptyFolder(let path): "there is no image in \(path)"
    case .noClassFolders(let path, let images):
      "\(path) contains \(images) images but no folders, so their classes are not known"
    case .unknownClasses(let names, let place):
      "\(names.count == 1 ? "a name" : "\(names.count) names") in \(place) "
        + "\(names.count == 1 ? "is" : "are") no class of the model: "
        + nameList(names)
    case .ambiguousClass(let name, let wnids):
      "'\(name)' is the label of \(wnids.count) classes of the model: "
        + wnids.joined(separator: ", ")
    case .badLine(let path, let line, let problem): "\(path), line \(line): \(problem)"
    case .emptyList(let path): "there is no line in \(path)"
    case .countMismatch(let list, let lines, let images):
      "\(list) has \(lines) classes, but there are \(images) images"
    }
  }

  /// What the user can do; nil if the message says enough.
  public var advice: String? {
    switch self {
    case .noClassFolders:
      "put the images of each class into a folder named after it, or list them with --ground-truth"
    case .unknownClasses:
      "names are WordNet ids or labels of the model; --model names another model, --map a file "
        + "that says which class each name stands for, and --skip-unknown leaves the others out"
    case .ambiguousClass: "use the WordNet id instead"
    case .badLine:
      "a line is 'name index', 'name class', or a class alone in the sorted order of the files"
    case .countMismatch: "write the names of the images into the list, too: 'name class'"
    case .unreadable, .notAFolder, .emptyFolder, .emptyList: nil
    }
  }
}
