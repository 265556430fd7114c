public import System

/// A report while it is made: its contents come one by one, and the page appears when all is
/// complete.
public final class ReportFile {
  public let path: RawPath
  public let contents: PageContents
  private let target: any OutputTarget
  /// Whether the page appears when it is complete, so that files may stand beside it.
  private let isReplaced: Bool
  /// The most bytes that the page may have with its thumbnails inside.
  private let sizeLimit: Int

  /// - Parameters:
  ///   - sizeLimit: where the page would be larger than this, its thumbnails go to a folder beside
  ///     it. They stay inside of a page that is written in place, as to a pipe.
  ///   - scratch: a file in the folder for what has to be kept meanwhile.
  public init(_ path: RawPath, sizeLimit: Int, scratchBeside scratch: RawPath) throws(SystemError) {
    self.path = path
    self.sizeLimit = sizeLimit
    target = try openOutput(path)
    isReplaced = target is AtomicFile && target.inPlaceReason == nil
    contents = try PageContents(scratchBeside: isReplaced ? path : scratch)
  }

  /// Why the page is written in place, where it is incomplete until the end; nil where it is not.
  public var inPlaceReason: String? { target.inPlaceReason }

  /// Writes the page.
  ///
  /// - Parameter sha256: the SHA-256 digest of a text.
  /// - Throws: ``SystemError``. Nothing of the report remains then.
  public func commit(
    _ header: ReportHeader, sha256: @escaping (Span<UInt8>) -> [UInt8]
  ) throws(SystemError) -> WrittenReport {
    var parts: ReportParts?
    do throws(SystemError) {
      var page = page(header, parts: nil, sha256)
      var written = WrittenReport(pageBytes: page.size)
      if isReplaced, written.pageBytes > sizeLimit, contents.thumbnailCount > 0 {
        let made = ReportParts(page: path, count: contents.blockStarts.count)
        parts = made
        written.partBytes = try made.write(contents)
        written.parts = contents.blockStarts.count
        page = self.page(header, parts: made, sha256)
        written.pageBytes = page.size
      }
      try page.write(
        { (bytes) throws(SystemError) in try target.write(bytes) }, size: written.pageBytes)
      try target.commit()
      if isReplaced { ReportParts.removeOld(beside: path, except: parts) }
      return written
    } catch {
      target.abandon()
      parts?.remove()
      throw error
    }
  }

  /// Gives up the page. Nothing of it remains.
  public func abandon() { target.abandon() }

  private func page(
    _ header: ReportHeader, parts: ReportParts?, _ sha256: @escaping (Span<UInt8>) -> [UInt8]
  ) -> ReportPage {
    ReportPage(
      header: header, contents: contents, parts: parts,
      base: workingDirectory().map { relativeAddress(of: $0, from: path.parent, in: $0) },
      sha256: sha256)
  }
}
