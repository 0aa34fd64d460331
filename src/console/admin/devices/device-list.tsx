import { useEffect, useState } from 'preact/hooks';
import { Link, useLocation, useSearch } from 'wouter-preact';
import { useConsole } from '../../console-parts.ts';
import { text } from '../../text/text.ts';
import type { DeviceAnswer } from '../admin-answers.ts';
import { SECTIONS } from '../admin-sections.ts';
import { AdminTable } from '../parts/admin-table.tsx';
import { Freshness } from '../parts/freshness.tsx';
import { MoreRows, useShown } from '../parts/more-rows.tsx';
import { useList } from '../parts/use-list.ts';
import { DEVICE_STATUSES, type DeviceFilter, filterOf, isFound, queryOf, searchOf } from './device-filter.ts';
import { byNeed, deviceNeeds, ENDING_DAYS } from './device-need.ts';
import { certificateWords, presenceWords } from './device-words.ts';

/** Every device that the reader may know of, those that need somebody first. */
export function DeviceList() {
  const [, navigate] = useLocation();
  const filter = filterOf(useSearch());
  const [typed, setTyped] = useState(filter.words);
  useEffect(() => setTyped(filter.words), [filter.words]);
  const list = useList<DeviceAnswer>('/v1/devices', 'devices', queryOf(filter));
  const { shown, showMore } = useShown();
  const words = text.admin.devices;
  const found = byNeed(
    (list.answer?.entries ?? []).filter((device) => isFound(device, typed)),
    list.readAt,
  );
  return (
    <section aria-labelledby="devices-title">
      <h1 id="devices-title">{words.title}</h1>
      <Filter
        filter={{ ...filter, words: typed }}
        onType={setTyped}
        onFilter={(next) => navigate(`${SECTIONS.devices}${searchOf(next)}`, { replace: true })}
      />
      <Freshness reading={list} />
      {list.answer !== null && <p role="status">{words.found(found.length)}</p>}
      {found.length > 0 && (
        <AdminTable name={words.title} columns={words.columns} acts={false}>
          {found.slice(0, shown).map((device) => (
            <DeviceRow device={device} key={device.id} />
          ))}
        </AdminTable>
      )}
      <MoreRows left={Math.max(0, found.length - shown)} showMore={showMore} list={list} />
    </section>
  );
}

interface FilterProps {
  readonly filter: DeviceFilter;
  /** At each key: a browser does not let a page change its address that often. */
  readonly onType: (words: string) => void;
  readonly onFilter: (filter: DeviceFilter) => void;
}

function Filter({ filter, onType, onFilter }: FilterProps) {
  const words = text.admin.devices;
  return (
    <search class="admin-filter">
      <label>
        {words.find}{' '}
        <input
          type="search"
          value={filter.words}
          onInput={({ currentTarget }) => onType(currentTarget.value)}
          onChange={({ currentTarget }) => onFilter({ ...filter, words: currentTarget.value })}
        />
      </label>
      <label>
        {words.columns.status}{' '}
        <select
          value={filter.status ?? ''}
          onChange={({ currentTarget: { value } }) =>
            onFilter({ ...filter, status: DEVICE_STATUSES.find((one) => one === value) ?? null })
          }
        >
          <option value="">{text.admin.any}</option>
          {DEVICE_STATUSES.map((status) => (
            <option value={status} key={status}>
              {words.statuses[status]}
            </option>
          ))}
        </select>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={filter.ending}
          onChange={({ currentTarget }) => onFilter({ ...filter, ending: currentTarget.checked })}
        />{' '}
        {words.only_ending(ENDING_DAYS)}
      </label>
    </search>
  );
}

function DeviceRow({ device }: { device: DeviceAnswer }) {
  const { clock } = useConsole();
  const now = clock.now.peek();
  const words = text.admin.devices;
  const { columns } = words;
  const needs = deviceNeeds(device, now);
  return (
    <tr class={needs.length > 0 ? 'needs' : ''}>
      <th scope="row" data-label={columns.id}>
        <Link href={`${SECTIONS.devices}/${encodeURIComponent(device.id)}`}>{device.id}</Link>
        <span class="quiet small block">{device.description}</span>
      </th>
      <td data-label={columns.needs}>
        {needs.map((need) => (
          <strong class={`need ${need}`} key={need}>
            {words.needs[need]}
          </strong>
        ))}
      </td>
      <td data-label={columns.status}>{words.statuses[device.status]}</td>
      <td data-label={columns.patient}>{device.patient ?? <span class="quiet">{words.nobody}</span>}</td>
      <td data-label={columns.presence}>{presenceWords(device, now)}</td>
      <td data-label={columns.battery}>
        {device.battery_percent === null ? (
          <span class="quiet">{text.admin.unknown}</span>
        ) : (
          text.ward.percent(device.battery_percent)
        )}
      </td>
      <td data-label={columns.certificate}>{certificateWords(device.certificate_expires, now)}</td>
    </tr>
  );
}
