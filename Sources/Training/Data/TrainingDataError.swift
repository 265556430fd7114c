import Classification
public import System

/// Why the photos of training data, or their classes, are not known.
public enum TrainingDataError: Error, Equatable, CustomStringConvertible {
  case unreadable(SystemError)
  case archive(TarError)
  /// Neither a folder nor a file of a known form.
  case unknownForm(RawPath)
  /// A compressed file, and the command that unpacks it.
  case compressed(RawPath, format: String, command: String)
  /// - Parameters:
  ///   - otherFiles: files that are no photos by their names.
  ///   - failures: folders, members or lines that could not be used.
  case noPhotos(RawPath, otherFiles: Int, failures: Int)
  /// There are photos, but no folder that could say what they show.
  case noClassFolders(RawPath, photos: Int)
  /// Folders for training and for validation, where one set was wanted, or with others beside them.
  case severalSets(RawPath, folders: [String])
  /// Names of folders, or of classes in a list, that are none of the classes that are given.
  case unknownClasses(names: [String], where: RawPath)
  /// A name that stands for several of the given classes.
  case ambiguousClass(name: String, where: RawPath)
  /// Two folders, or two names in a list, that stand for classes with the same label.
  case sameLabel(String, where: RawPath)
  /// Classes that are trained, and that the model that teaches does not know.
  case unknownToTeacher(names: [String])
  /// A line of a list, from 1.
  case badLine(RawPath, line: Int, problem: String)

  public var description: String {
    switch self {
    case .unreadable(let error): error.description
    case .archive(let error): error.description
    case .unknownForm(let path):
      "\(path) is neither a folder, a tar archive, nor a list (.csv or .jsonl)"
    case .compressed(let path, let format, _): "\(path) is compressed (\(format))"
    case .noPhotos(let path, let otherFiles, let failures):
      "there is no photo in \(path)" + Self.counts(otherFiles: otherFiles, failures: failures)
    case .noClassFolders(let path, let photos):
      "\(path) holds \(photos) photo\(photos == 1 ? "" : "s") and no folders, so nothing says what "
        + (photos == 1 ? "it shows" : "they show")
    case .severalSets(let path, let folders):
      "\(path) holds several sets of photos: " + nameList(folders)
    case .unknownClasses(let names, let place):
      "\(names.count == 1 ? "a name" : "\(names.count) names") in \(place) "
        + "\(names.count == 1 ? "is" : "are") none of the classes that are trained: "
        + nameList(names)
    case .unknownToTeacher(let names):
      "the teacher does not know \(names.count == 1 ? "a class that is" : "classes that are") "
        + "trained: " + nameList(names)
    case .ambiguousClass(let name, let place):
      "'\(name)' in \(place) may stand for several of the classes that are trained"
    case .sameLabel(let label, let place):
      "two classes in \(place) have the same name, '\(label)'"
    case .badLine(let path, let line, let problem): "\(path), line \(line): \(problem)"
    }
  }

  /// What to do about it.
  public var advice: String? {
    switch self {
    case .unknownForm, .noClassFolders:
      "put the photos of each class into a folder named after it, or list them in a .csv file with "
        + "the columns path and label"
    case .compressed(_, _, let command): "unpack it first: \(command)"
    case .severalSets:
      "name the folder of one of them, and with --validation that of the photos to measure with; "
        + "if all of them are classes, list the photos in a .csv file with the columns path and "
        + "label"
    case .unknownClasses: "use the same names as in the training data"
    case .ambiguousClass: "use the exact name of the class, or its WordNet id"
    case .unknownToTeacher: "choose a model that knows all classes of the data"
    case .sameLabel: "give one of them another name"
    case .unreadable, .archive, .noPhotos, .badLine: nil
    }
  }

  private static func counts(otherFiles: Int, failures: Int) -> String {
    var parts: [String] = []
    if otherFiles > 0 { parts.append("other files: \(otherFiles)") }
    if failures > 0 { parts.append("unusable: \(failures)") }
    return parts.isEmpty ? "" : " (" + parts.joined(separator: ", ") + ")"
  }
}
