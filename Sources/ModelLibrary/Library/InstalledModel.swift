import JSON
public import System
import Tensors
import WeightFiles

/// A model in the library, as its file's metadata describes it.
public struct InstalledModel: Sendable, Equatable {
  public let name: String
  public let path: RawPath
  /// Bytes of the file.
  public let size: Int
  public let metadata: [String: String]

  /// Published or measured share of right first answers, 0 to 1; nil where nobody knows.
  public var top1: Double? { accuracy("top1") }
  public var top5: Double? { accuracy("top5") }
  public var variant: String? { metadata["variant"] }
  public var license: String? { metadata["license"] }

  /// Accuracy is given by data set; the first one counts.
  private func accuracy(_ measure: String) -> Double? {
    guard let text = metadata["accuracy"], case .object(let sets) = try? JSONValue.parse(text)
    else { return nil }
    return sets.lazy.compactMap { $0.value[measure]?.double }.first
  }

  /// The number of class names.
  public var classCount: Int? {
    guard let text = metadata["labels"] ?? metadata["classes"] else { return nil }
    return (try? JSONValue.parse(text))?.array?.count
  }
}

extension ModelLibrary {
  /// The models in the user's library, by name. Files that cannot be read are left out: opening
  /// them says why.
  public func installedModels() -> [InstalledModel] {
    guard let home else { return [] }
    return home.modelNames.compactMap { try? installedModel(named: $0) }
  }

  /// How many classes the starter model tells apart.
  public var starterClassCount: Int? { StarterModel.classCount }

  /// The model of that name; nil where there is none.
  ///
  /// - Throws: ``ModelError`` for a file that is there and cannot be read.
  func installedModel(named name: String) throws(ModelError) -> InstalledModel? {
    guard let home, LibraryHome.isValid(name: name) else { return nil }
    let path = home.modelFile(name)
    guard (try? FileStatus(of: path)) != nil else { return nil }
    let storage = try Self.map(path)
    do {
      let file = try Safetensors.read(storage)
      return InstalledModel(
        name: name, path: path, size: storage.count, metadata: file.metadata)
    } catch {
      throw .damaged(file: path.repaired, error)
    }
  }

  var home: LibraryHome? { settings.home.map { LibraryHome(root: $0) } }

  func requireHome() throws(ModelError) -> LibraryHome {
    guard let home else { throw .noHome }
    return home
  }
}
