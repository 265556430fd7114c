import ArgumentParser
import ModelLibrary
import System

extension CompletionKind {
  /// The names of the models that can be used now, and weight files.
  static var modelNames: CompletionKind {
    .custom { _, _, prefix in
      ModelNames.usable.filter { $0.hasPrefix(prefix) } + ModelNames.files(prefix)
    }
  }

  /// The names of the models in the library.
  static var installedModels: CompletionKind {
    .custom { _, _, prefix in
      ModelLibrary().installedModels().map(\.name).filter { $0.hasPrefix(prefix) }
    }
  }
}

/// The names of models, for completion.
enum ModelNames {
  /// The endings of weight files.
  private static let extensions = [
    "safetensors", "caffemodel", "pth", "pt", "onnx", "npy", "npz", "net",
  ]

  /// The built-in model, and those that are installed.
  static var usable: [String] { ["starter"] + ModelLibrary().installedModels().map(\.name) }

  /// The folders and weight files whose paths begin so.
  static func files(_ prefix: String) -> [String] {
    let slash = prefix.lastIndex(of: "/").map { prefix.index(after: $0) } ?? prefix.startIndex
    let folder = String(prefix[..<slash])
    // A folder that cannot be read completes nothing.
    guard
      let listing = try? FolderListing(
        of: RawPath(folder.isEmpty ? "." : folder), extensions: extensions)
    else { return [] }
    let names = listing.directories.map { $0.repaired + "/" } + listing.files.map(\.repaired)
    return names.map { folder + $0 }.filter { $0.hasPrefix(prefix) }
  }
}
