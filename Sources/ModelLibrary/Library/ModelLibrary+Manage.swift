public import System
import Tensors
import WeightFiles

extension ModelLibrary {
  /// The name of the model that is used if the user names none. It is the first that exists of: the
  /// model in `ALEXNET_MODEL`, the model that was set as the default, the most accurate model in
  /// the library, and the starter model. A model in the library is the most accurate only if its
  /// accuracy is known and it knows at least as many classes as the starter model.
  public var defaultModel: String {
    if let model = settings.model { return model.repaired }
    return setDefaultModel ?? bestInstalledModel ?? StarterModel.name
  }

  /// The default that was set, if that model is still installed.
  private var setDefaultModel: String? {
    guard let home, let name = home.defaultName else { return nil }
    if name == StarterModel.name { return name }
    return Self.exists(home.modelFile(name)) ? name : nil
  }

  private var bestInstalledModel: String? {
    var best: InstalledModel?
    for model in installedModels() {
      guard let accuracy = model.top1, model.classCount ?? 0 >= starterClassCount ?? 0 else {
        continue
      }
      if accuracy > best?.top1 ?? 0 { best = model }
    }
    return best?.name
  }

  /// Sets the default model.
  public func setDefault(_ name: String) throws(ModelError) {
    if name != StarterModel.name { _ = try requireInstalled(name) }
    let home = try requireHome()
    do {
      try home.setDefault(name)
    } catch {
      throw .unwritable(error)
    }
  }

  /// Forgets the default model that was set.
  public func unsetDefault() throws(ModelError) {
    let home = try requireHome()
    do {
      try home.unsetDefault()
    } catch {
      throw .unwritable(error)
    }
  }

  /// The file of the model of that name, or else the file at that path; for nil that of the default
  /// model. Nil for the model that is built in. The file is not read, and need not exist.
  public func file(of nameOrPath: RawPath?) -> RawPath? {
    let given = nameOrPath ?? settings.model ?? RawPath(defaultModel)
    guard given.isUTF8 else { return given }
    let name = given.repaired
    if name == StarterModel.name { return nil }
    guard let home, LibraryHome.isValid(name: name), Self.exists(home.modelFile(name)) else {
      return given
    }
    return home.modelFile(name)
  }

  /// The path of a model's file.
  public func path(of name: String) throws(ModelError) -> RawPath {
    if name == StarterModel.name { throw .builtIn(name) }
    return try requireInstalled(name).path
  }

  /// Removes a model. If it was the default, no default is set any more.
  public func remove(_ name: String) throws(ModelError) {
    if name == StarterModel.name { throw .builtIn(name) }
    let home = try requireHome()
    let path = home.modelFile(name)
    // The file is not opened, so that a damaged one can be removed too.
    guard LibraryHome.isValid(name: name), Self.exists(path) else { throw unknown(name) }
    do {
      try removeFile(path)
      if home.defaultName == name { try home.unsetDefault() }
    } catch {
      throw .unwritable(error)
    }
  }

  /// Reads the whole file of a model, compares its digest with the one that was computed when the
  /// file was written, and checks that all weights are finite.
  public func verify(_ name: String) throws(ModelError) -> InstalledModel {
    if name == StarterModel.name { throw .builtIn(name) }
    let model = try requireInstalled(name)
    let file = model.path.repaired
    guard let recorded = model.metadata[Self.dataDigestEntry] else {
      throw .badMetadata(
        file: file, entry: Self.dataDigestEntry,
        reason: "it is missing, so that there is nothing to compare with")
    }
    let storage = try Self.map(model.path)
    let found = Self.dataDigest(of: storage)
    guard found.hexadecimal == recorded else {
      throw .wrongDigest(
        file: file, expected: Digest(.sha256, recorded), found: found)
    }
    try source(path: model.path, ImportOptions()).reader.requireFiniteWeights()
    return model
  }

  func requireInstalled(_ name: String) throws(ModelError) -> InstalledModel {
    guard let model = try installedModel(named: name) else { throw unknown(name) }
    return model
  }

  func unknown(_ name: String) -> ModelError {
    if catalogue.contains(where: { $0.name == name }) { return .notInstalled(name) }
    let names = [StarterModel.name] + (home?.modelNames ?? []) + catalogue.map(\.name)
    var seen: Set<String> = []
    return .unknownName(name, known: names.filter { seen.insert($0).inserted })
  }
}
