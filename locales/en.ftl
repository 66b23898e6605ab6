## store

store-bad-url = The database address cannot be used: { $reason }. Write it as sqlite:///data/shipgate.db, in DATABASE_URL or under [database] in the config.
store-no-folder = The folder { $path } does not exist, so no database can be made in it. Create the folder, or name another place in DATABASE_URL.
store-read-only = The database { $path } cannot be opened for writing ({ $text }). Nothing was changed. Let Shipgate's user write the file and its folder.
store-not-a-database = { $path } is no database that can be used ({ $text }). Nothing was changed. Name another file, or put a backup in its place.
store-foreign = { $path } is the database of another program. Nothing was changed. Name another file in DATABASE_URL.
store-newer = { $path } was changed by a newer Shipgate: it needs schema { $needs }, and this program knows up to { $knows }. Nothing was changed. Start the newer program, or put a backup in place.
store-busy = The database was busy for too long, so nothing was changed. Try again in a moment.
store-full = No room is left for the database { $path }. Nothing is lost, but nothing new can be written. Make room; Shipgate goes on by itself.
store-io = Reading or writing the database { $path } failed ({ $text }). What was committed is safe. Check the disk.
store-inconsistent = What is stored contradicts itself ({ $text }). Nothing was changed. Run `shipgate audit verify`, and report this.
store-other = The database refused ({ $text }). Nothing was changed. Try again; if it stays so, report this.
store-newer-attempt = A newer attempt works on this environment, so this one has stopped.

## runner

runner-too-long = No answer came in time. It is tried again, or the target is asked what runs.
runner-broke = Shipgate itself failed during this call. It goes on without the answer; the log has the cause.
runner-stopped = The call was broken off. It is tried again.
runner-fenced = The machines carry attempt { $newer }, which this Shipgate did not make: something else works on them. Find out what, then try again.

## audit

audit-changed = { $app }/{ $environment }: entry { $seq } is not what was written.
audit-removed = { $app }/{ $environment }: entries { $from } to { $to } are missing.
audit-inserted = { $app }/{ $environment }: entry { $seq } was not written by Shipgate.
audit-cut = { $app }/{ $environment }: the end is missing, entries { $from } to { $to }.
audit-no-row = { $app }/{ $environment }: there are entries, but the environment's own row is gone.
audit-unreadable = { $app }/{ $environment }: entry { $seq } is unchanged, but this program cannot read it. A newer one may.
audit-row-differs = { $app }/{ $environment }: the entries are unchanged, but the stored state is not what they say.
audit-deployment-differs = { $app }/{ $environment }: the entries are unchanged, but deployment { $deployment } is not stored as they say.
