import JSON
import System

/// Gives photos their places, and lists what it did.
struct Sorter {
  let target: RawPath
  let placement: FilePlacement
  let isDryRun: Bool
  let console: Console
  let stop: StopFlag

  /// The most numbers that are tried for one name.
  private static let mostNumbers = 1_000_000

  /// - Returns: how many photos have no place.
  func place(_ photos: [(path: RawPath, folder: String)]) throws -> Int {
    let output = ResultOutput(console: console)
    var counts: [String: Int] = [:]
    var problems = 0
    let undo = isDryRun || photos.isEmpty ? nil : try UndoList(in: target)
    var planned: Set<RawPath> = []
    var done = 0
    var moves = Moves(placement == .move ? photos.map(\.path) : [])
    for photo in moves.linksLast(photos, \.path) {
      if let signal = stop.signal {
        try undo?.finish()
        console.note("stopped after \(done) of \(photos.count)")
        if let undo, done > 0 { console.note(undo.advice) }
        throw SilentExit(signal: signal)
      }
      let folder = target.appending(photo.folder)
      do throws(SystemError) {
        if isDryRun {
          let path = try free(photo.path, in: folder, &planned)
          let (old, new) = (photo.path.repaired, path.repaired)
          try write(
            "\(placement.rawValue) \(DisplayText.printable(old)) -> \(DisplayText.printable(new))",
            output)
        } else {
          try place(photo.path, in: folder, &moves, undo)
        }
        counts[photo.folder, default: 0] += 1
        done += 1
      } catch {
        console.error("\(photo.path.repaired): \(error.reason)")
        problems += 1
        if error.isFromWriting {
          throw try outputFailure(error, done, undo)
        }
      }
    }
    try undo?.finish()
    if done == 0 { undo?.remove() }
    if !isDryRun {
      for (folder, count) in counts.sorted(by: { $0.key < $1.key }) {
        do throws(SystemError) {
          try write(
            DisplayText.rightAligned(String(count), to: 6) + "  "
              + DisplayText.printable(target.appending(folder).repaired), output)
        } catch {
          throw try outputFailure(error, done, undo)
        }
      }
      if let undo, done > 0 { console.note(undo.advice) }
    }
    return problems
  }

  private func outputFailure(
    _ error: SystemError, _ done: Int, _ undo: UndoList?
  ) throws -> CommandFailure {
    try undo?.finish()
    if done == 0 { undo?.remove() }
    return CommandFailure(
      .outputError, error.description, hint: done > 0 ? undo?.advice : nil)
  }

  private func write(_ line: String, _ output: ResultOutput) throws(SystemError) {
    do throws(OutputError) {
      try output.write(line + "\n")
    } catch {
      // A reader that went away needs no list; the work goes on.
      if case .cannotWrite(let error) = error { throw error }
    }
  }

  private func place(
    _ photo: RawPath, in folder: RawPath, _ moves: inout Moves, _ undo: UndoList?
  ) throws(SystemError) {
    let source = photo.absolute
    let link = try moves.link(source)
    // Otherwise a missing file would become a link that leads nowhere.
    let kind = try FileStatus(of: link?.after ?? source).kind
    guard kind == .regular else { throw .notAFile(path: photo, kind: kind) }
    try makeFolder(folder)
    for number in 1...Self.mostNumbers {
      let path = folder.appending(Self.name(photo, number)).absolute
      if (try? FileStatus(of: path, followingLinks: false)) != nil { continue }
      // Listed before it is done, so that nothing is done that is not listed.
      try undo?.add(placement, from: source, to: path, link: link)
      if try placement.place(source, at: path, asLinkTo: link?.after) {
        if link == nil { moves.note(source, to: path) }
        return
      }
    }
    throw .failed(operation: "place", path: photo, errno: 17)
  }

  /// The path that the photo would get.
  private func free(
    _ photo: RawPath, in folder: RawPath, _ planned: inout Set<RawPath>
  ) throws(SystemError) -> RawPath {
    _ = try FileStatus(of: photo)
    for number in 1...Self.mostNumbers {
      let path = folder.appending(Self.name(photo, number))
      let isTaken = (try? FileStatus(of: path, followingLinks: false)) != nil
      if !isTaken, planned.insert(path).inserted { return path }
    }
    throw .failed(operation: "place", path: photo, errno: 17)
  }

  /// `cat.jpg`, then `cat-2.jpg`, `cat-3.jpg`, ...
  private static func name(_ path: RawPath, _ number: Int) -> [UInt8] {
    let name = Array(path.lastComponent)
    guard number > 1 else { return name }
    let mark = Array("-\(number)".utf8)
    guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0 else { return name + mark }
    return name[..<dot] + mark + name[dot...]
  }
}
